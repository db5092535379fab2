-- A stream is one entity's reports about one tool.
CREATE TABLE stream (
    id         INTEGER PRIMARY KEY,
    enterprise BIGINT  NOT NULL,
    source     BIGINT  NOT NULL,
    tool       VARCHAR NOT NULL
);

-- A cell is one combination of breakdown and keys. kind is metric.Breakdown;
-- part is 0 reported, 1 derived from language × feature, 2 unsplit (total above
-- its features), 3 discrepancy (features above the total). A column that the
-- breakdown has no key for is NULL.
CREATE TABLE cell (
    id       INTEGER PRIMARY KEY,
    kind     TINYINT NOT NULL,
    part     TINYINT NOT NULL,
    ide      VARCHAR,
    feature  VARCHAR,
    language VARCHAR,
    model    VARCHAR
);

-- A client is what a row of totals_by_ide said of editor and extension.
CREATE TABLE client (
    id             INTEGER PRIMARY KEY,
    ide_version    VARCHAR NOT NULL,
    plugin         VARCHAR NOT NULL,
    plugin_version VARCHAR NOT NULL
);

-- An identity is a user_id: of the enterprise if it is a number (namespace ''),
-- else of its tool. person is the identity that stands for the person.
CREATE TABLE identity (
    id         INTEGER PRIMARY KEY,
    enterprise BIGINT  NOT NULL,
    namespace  VARCHAR NOT NULL,
    user_id    VARCHAR NOT NULL,
    login      VARCHAR NOT NULL,
    seen       BIGINT  NOT NULL, -- version of the record the login came from
    person     INTEGER NOT NULL
);

-- One row a record: a user's day, or an aggregate's ("user" 0). No primary key:
-- it would cost more than the replacement of days does, and a day is replaced whole.
CREATE TABLE user_day (
    stream        INTEGER NOT NULL,
    day           DATE    NOT NULL,
    "user"        INTEGER NOT NULL,
    import        INTEGER NOT NULL,
    copy          INTEGER NOT NULL, -- which of several rows of one import for one key; 0 once resolved
    effective     BOOLEAN NOT NULL,  -- the claim that gives the values
    version       BIGINT  NOT NULL,  -- microseconds UTC
    seq           BIGINT  NOT NULL,
    interactions BIGINT, generations BIGINT, acceptances BIGINT,
    loc_suggested_add BIGINT, loc_suggested_delete BIGINT, loc_added BIGINT, loc_deleted BIGINT,
    credits       DOUBLE,
    reduced       BOOLEAN NOT NULL,  -- lines are unknown
    substituted   BOOLEAN NOT NULL,  -- a total was summed from a breakdown
    present       UTINYINT NOT NULL, -- which top-level counters the record had
    arrays        UTINYINT NOT NULL, -- which breakdowns the record had; bit 7: user_id was a string
    flags_known   USMALLINT NOT NULL,
    flags         USMALLINT NOT NULL,
    phase         BIGINT,
    daily BIGINT, weekly BIGINT, monthly BIGINT, -- an aggregate's own counts
    login         VARCHAR,
    tool          VARCHAR,           -- as the record had it
    enterprise_id VARCHAR,
    organization_id VARCHAR,
    report_start  DATE,
    report_end    DATE,
    created_at    BIGINT,
    extra         VARCHAR,
    rows_extra    VARCHAR,
    wrapper       VARCHAR
);

-- One row for each row of a record's breakdowns. Breakdowns restate one
-- another: rows of two kinds are never added up.
CREATE TABLE fact (
    stream    INTEGER NOT NULL,
    day       DATE    NOT NULL,
    "user"    INTEGER NOT NULL,
    import    INTEGER NOT NULL,
    copy      INTEGER NOT NULL,
    effective BOOLEAN NOT NULL,
    cell      INTEGER NOT NULL,
    client    INTEGER NOT NULL,
    interactions BIGINT, generations BIGINT, acceptances BIGINT,
    loc_suggested_add BIGINT, loc_suggested_delete BIGINT, loc_added BIGINT, loc_deleted BIGINT
);

-- Which report covers which day of a stream. kind is report.Kind.
CREATE TABLE report_day (
    stream  INTEGER  NOT NULL,
    kind    UTINYINT NOT NULL,
    day     DATE     NOT NULL,
    version BIGINT   NOT NULL,
    import  INTEGER  NOT NULL,
    refused BOOLEAN  NOT NULL
);

-- Rows of user-teams reports: who was where on a day.
CREATE TABLE member (
    stream       INTEGER NOT NULL,
    day          DATE    NOT NULL,
    "user"       INTEGER NOT NULL,
    organization BIGINT  NOT NULL,
    team         BIGINT  NOT NULL,
    import       INTEGER NOT NULL,
    seq          BIGINT  NOT NULL,
    body         VARCHAR NOT NULL    -- the row as it came
);

-- Records that are kept but not measured yet: repositories.
CREATE TABLE document (
    stream INTEGER  NOT NULL,
    kind   UTINYINT NOT NULL,
    day    DATE     NOT NULL,
    key    VARCHAR  NOT NULL,
    import INTEGER  NOT NULL,
    seq    BIGINT   NOT NULL,
    body   VARCHAR  NOT NULL
);

-- Who belonged to an organization or team on a day, from either kind of report.
CREATE VIEW membership AS
    SELECT s.source AS entity, u.day, u."user" FROM user_day u JOIN stream s ON s.id = u.stream
    WHERE s.source <> s.enterprise AND u."user" <> 0
    UNION SELECT organization, day, "user" FROM member WHERE organization <> 0
    UNION SELECT team, day, "user" FROM member WHERE team <> 0;

-- Rollups: what pages read, kept with every import in its transaction.
-- level is 0 enterprise, 1 organization, 2 team; origin 1 user records,
-- 2 aggregate, 3 user records of organizations standing in for an enterprise
-- report; preferred marks the origin that --source auto takes.
CREATE TABLE day_total (
    enterprise   BIGINT   NOT NULL,
    entity       BIGINT   NOT NULL,
    level        UTINYINT NOT NULL,
    organization BIGINT   NOT NULL,
    day          DATE     NOT NULL,
    tool         VARCHAR  NOT NULL,
    origin       UTINYINT NOT NULL,
    preferred    BOOLEAN  NOT NULL,
    interactions BIGINT, generations BIGINT, acceptances BIGINT,
    loc_suggested_add BIGINT, loc_suggested_delete BIGINT, loc_added BIGINT, loc_deleted BIGINT,
    credits DOUBLE,
    records BIGINT NOT NULL, reduced BIGINT NOT NULL, substituted BIGINT NOT NULL,
    daily BIGINT, weekly BIGINT, monthly BIGINT,
    members BLOB -- roaring bitmap of persons; NULL for an enterprise: everyone
);

CREATE TABLE day_cell (
    enterprise   BIGINT   NOT NULL,
    entity       BIGINT   NOT NULL,
    level        UTINYINT NOT NULL,
    organization BIGINT   NOT NULL,
    day          DATE     NOT NULL,
    tool         VARCHAR  NOT NULL,
    origin       UTINYINT NOT NULL,
    preferred    BOOLEAN  NOT NULL,
    cell         INTEGER  NOT NULL,
    interactions BIGINT, generations BIGINT, acceptances BIGINT,
    loc_suggested_add BIGINT, loc_suggested_delete BIGINT, loc_added BIGINT, loc_deleted BIGINT
);

-- Distinct persons of an enterprise by day, tool and cell, as roaring bitmaps.
-- Cell 0 is everyone with a record, cell -1 everyone whose lines are known. An
-- organization's or team's persons are these AND its members of the day.
CREATE TABLE cell_users (
    enterprise BIGINT  NOT NULL,
    day        DATE    NOT NULL,
    tool       VARCHAR NOT NULL,
    cell       INTEGER NOT NULL,
    users      BLOB    NOT NULL
);

-- Every import and deletion, and how it moved days: totals only, no people.
CREATE TABLE revision (
    id       INTEGER PRIMARY KEY,
    moment   BIGINT  NOT NULL,
    action   VARCHAR NOT NULL,
    origin   VARCHAR NOT NULL,
    warnings BIGINT  NOT NULL,
    refused  BIGINT  NOT NULL
);
CREATE TABLE revision_day (
    revision   INTEGER  NOT NULL,
    enterprise BIGINT   NOT NULL,
    source     BIGINT   NOT NULL,
    kind       UTINYINT NOT NULL,
    tool       VARCHAR  NOT NULL,
    day        DATE     NOT NULL,
    skipped    BOOLEAN  NOT NULL,
    before_records BIGINT NOT NULL, before_added BIGINT NOT NULL, before_deleted BIGINT NOT NULL,
    after_records  BIGINT NOT NULL, after_added  BIGINT NOT NULL, after_deleted  BIGINT NOT NULL
);
