-- A record's breakdown rows lie with it (facts), as package rollup writes them,
-- and so does what is only kept to be exported again (rest; see rest.go). Both
-- are compact as they are: looking for a better way to store them costs more
-- time than the whole of reading a report.
ALTER TABLE user_day RENAME TO user_day_1;
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
    flags_known   USMALLINT NOT NULL,
    flags         USMALLINT NOT NULL,
    phase         BIGINT,
    daily BIGINT, weekly BIGINT, monthly BIGINT, -- an aggregate's own counts
    facts         BLOB USING COMPRESSION uncompressed NOT NULL,
    rest          BLOB USING COMPRESSION uncompressed NOT NULL
);

-- body is what a row of a user-teams report is exported from; see rest.go.
ALTER TABLE member RENAME TO member_1;
CREATE TABLE member (
    stream       INTEGER NOT NULL,
    day          DATE    NOT NULL,
    "user"       INTEGER NOT NULL,
    organization BIGINT  NOT NULL,
    team         BIGINT  NOT NULL,
    import       INTEGER NOT NULL,
    seq          BIGINT  NOT NULL,
    body         BLOB USING COMPRESSION uncompressed NOT NULL
);

-- What of a report day is stored: user records whose lines are unknown are reduced.
ALTER TABLE report_day ADD COLUMN records BIGINT DEFAULT 0;
ALTER TABLE report_day ADD COLUMN reduced BIGINT DEFAULT 0;

DROP VIEW membership;
DROP TABLE day_total;
DROP TABLE day_cell;
DROP TABLE cell_users;

-- A unit is an entity's day with one tool, from one origin; rollup.Unit says
-- more. level is query.Level, origin query.Origin; preferred marks the origin
-- that --source auto takes. The by_ columns hold the sums of each breakdown.
CREATE TABLE unit (
    enterprise   BIGINT   NOT NULL,
    level        UTINYINT NOT NULL,
    entity       BIGINT   NOT NULL,
    organization BIGINT   NOT NULL,
    day          DATE     NOT NULL,
    tool         VARCHAR  NOT NULL,
    origin       UTINYINT NOT NULL,
    preferred    BOOLEAN  NOT NULL,
    interactions BIGINT, generations BIGINT, acceptances BIGINT,
    loc_suggested_add BIGINT, loc_suggested_delete BIGINT, loc_added BIGINT, loc_deleted BIGINT,
    credits DOUBLE,
    records BIGINT NOT NULL, reduced BIGINT NOT NULL, substituted BIGINT NOT NULL,
    daily BIGINT, weekly BIGINT, monthly BIGINT, -- an aggregate's own counts
    members BLOB, -- roaring bitmap of persons; NULL is everyone
    by_feature BLOB, by_ide BLOB, by_language_feature BLOB, by_language_model BLOB, by_model_feature BLOB
);

-- Sets of people as roaring bitmaps: the persons who were active in a cell of a
-- day and tool (cell 0: everyone with a record, -1: those whose lines are
-- known), or the identities whose row in the cell names a client.
CREATE TABLE people (
    enterprise BIGINT  NOT NULL,
    day        DATE    NOT NULL,
    tool       VARCHAR NOT NULL,
    cell       INTEGER NOT NULL,
    client     INTEGER NOT NULL,
    people     BLOB    NOT NULL
);
