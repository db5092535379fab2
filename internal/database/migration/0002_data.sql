-- +goose Up

-- Every row here belongs to one enterprise. Numbers (tool, stream, cell, client,
-- account) are an enterprise's own. What a change writes has its revision, and
-- counts once version says that the enterprise's data is of that revision: of the
-- rows of one key the one with the highest revision up to that is what is there.
-- Days are days since 1970, times microseconds since 1970, UTC.

INSERT INTO sequence (name, next) VALUES ('revision', 1);

-- writing has the revisions whose rows are being written, or, once committed,
-- of which rows that they replaced are still to be removed: of units and people
-- always; of report days and blocks all of them (purge 1), or the rows of some
-- accounts in some streams (purge 2), because they were deleted or erased.
CREATE TABLE writing (
    enterprise BIGINT NOT NULL,
    revision   BIGINT NOT NULL,
    committed  BOOLEAN NOT NULL,
    first_day  INTEGER NOT NULL,
    last_day   INTEGER NOT NULL,
    purge      INTEGER NOT NULL,
    accounts   BYTEA,
    streams    BYTEA,
    PRIMARY KEY (enterprise, revision)
);

-- A value is one of a dimension (metric.Key). Texts that reports bring are BYTEA: they
-- may hold what no TEXT of PostgreSQL does.
CREATE TABLE value (
    enterprise BIGINT NOT NULL,
    id         INTEGER NOT NULL,
    dimension  TEXT NOT NULL,
    name       BYTEA NOT NULL,
    PRIMARY KEY (enterprise, id)
);

-- A stream is what one source, the enterprise or one of its organizations,
-- reports about one tool.
CREATE TABLE stream (
    enterprise BIGINT NOT NULL,
    id         INTEGER NOT NULL,
    source     BIGINT NOT NULL,
    tool       INTEGER NOT NULL,
    PRIMARY KEY (enterprise, id)
);

-- A cell is a breakdown (metric.Breakdown) and the numbers of its values, in the order
-- of its dimensions (cube.Cell); part is cube.Part.
CREATE TABLE cell (
    enterprise BIGINT NOT NULL,
    id         INTEGER NOT NULL,
    breakdown  INTEGER NOT NULL,
    part       INTEGER NOT NULL,
    value_ids  BYTEA NOT NULL,
    PRIMARY KEY (enterprise, id)
);

-- A client is what a row of totals_by_ide says of editor and extension.
CREATE TABLE client (
    enterprise     BIGINT NOT NULL,
    id             INTEGER NOT NULL,
    ide_version    BYTEA NOT NULL,
    plugin         BYTEA NOT NULL,
    plugin_version BYTEA NOT NULL,
    PRIMARY KEY (enterprise, id)
);

-- An account is a user_id: of the enterprise if it is a number, else of its tool.
-- A block is a bucket of them, compressed: their ids and logins, and whom they
-- belong to. One that was erased has no user_id. changed is the revision that wrote
-- the row, which it replaces in the transaction that makes it current.
CREATE TABLE account_block (
    enterprise BIGINT NOT NULL,
    bucket     INTEGER NOT NULL,
    changed    BIGINT NOT NULL,
    body       BYTEA NOT NULL,
    PRIMARY KEY (enterprise, bucket)
);

-- A report day is what reports of one kind (report.Kind) and stream say about one
-- day. layers lists the imports whose rows are in it. Without layers it is gone.
-- know_added counts the records that state lines added, whose sum is loc_added.
CREATE TABLE report_day (
    enterprise  BIGINT NOT NULL,
    day         INTEGER NOT NULL,
    kind        INTEGER NOT NULL,
    stream      INTEGER NOT NULL,
    revision    BIGINT NOT NULL,
    layers      BYTEA,
    refused     BOOLEAN NOT NULL,
    records     BIGINT NOT NULL,
    reduced      BIGINT NOT NULL,
    know_added   BIGINT NOT NULL,
    know_deleted BIGINT NOT NULL,
    loc_added    BIGINT NOT NULL,
    loc_deleted  BIGINT NOT NULL,
    PRIMARY KEY (enterprise, day, kind, stream, revision)
);
CREATE INDEX report_day_revision ON report_day (enterprise, revision);

-- A block is the rows of a report day of a bucket of accounts, compressed: what
-- questions read are its first bytes, as many as figures says. Without a body it is
-- gone.
CREATE TABLE block (
    enterprise BIGINT NOT NULL,
    day        INTEGER NOT NULL,
    bucket     INTEGER NOT NULL,
    kind       INTEGER NOT NULL,
    stream     INTEGER NOT NULL,
    revision   BIGINT NOT NULL,
    figures    INTEGER NOT NULL,
    body       BYTEA,
    PRIMARY KEY (enterprise, day, bucket, kind, stream, revision)
);

-- A unit is what an entity did on a day with a tool, added up (rollup.Unit).
-- level is query.Level, origin query.Origin, preferred marks the origin that counts
-- unless a question names one. Without a body it is gone.
CREATE TABLE unit (
    enterprise   BIGINT NOT NULL,
    level        INTEGER NOT NULL,
    entity       BIGINT NOT NULL,
    day          INTEGER NOT NULL,
    tool         INTEGER NOT NULL,
    origin       INTEGER NOT NULL,
    revision     BIGINT NOT NULL,
    organization BIGINT NOT NULL,
    preferred    BOOLEAN NOT NULL,
    body         BYTEA,
    PRIMARY KEY (enterprise, level, entity, day, tool, origin, revision)
);
-- It has all of the key, so that what a revision replaced is found in it alone.
CREATE INDEX unit_day ON unit (enterprise, day, revision, level, entity, tool, origin);

-- people has who was active in a cell, as bitmaps of persons; of everyone with a
-- record (cell 0), of those whose lines are known (cell -1); where client is not 0, of
-- the accounts whose row names that client; and who belonged to which organization and
-- team (cell -2, of no tool). Without people it is gone.
CREATE TABLE people (
    enterprise BIGINT NOT NULL,
    client     INTEGER NOT NULL,
    cell       INTEGER NOT NULL,
    day        INTEGER NOT NULL,
    tool       INTEGER NOT NULL,
    revision   BIGINT NOT NULL,
    people     BYTEA,
    PRIMARY KEY (enterprise, client, cell, day, tool, revision)
);
CREATE INDEX people_day ON people (enterprise, day, revision, client, cell, tool);

-- aggregate_only lists the days of which retention has left only units and people.
CREATE TABLE aggregate_only (
    enterprise BIGINT NOT NULL,
    day        INTEGER NOT NULL,
    PRIMARY KEY (enterprise, day)
);

-- belonging is where the directory says that a person (its number there) belongs,
-- whatever reports say.
CREATE TABLE belonging (
    enterprise   BIGINT NOT NULL,
    person       BIGINT NOT NULL,
    organization BIGINT NOT NULL,
    team         BIGINT NOT NULL,
    first_day    INTEGER NOT NULL,
    last_day     INTEGER NOT NULL
);
CREATE INDEX belonging_enterprise ON belonging (enterprise);

-- revision is the history of an enterprise's data.
CREATE TABLE revision (
    enterprise BIGINT NOT NULL,
    id         BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    action     TEXT NOT NULL,
    origin     TEXT NOT NULL,
    warnings   BIGINT NOT NULL,
    refused    BIGINT NOT NULL,
    PRIMARY KEY (enterprise, id)
);

-- undone lists the imports that were undone, by which revision, and of what: of
-- the days, and of one source (else 0) and tool (else empty).
CREATE TABLE undone (
    enterprise BIGINT NOT NULL,
    revision   BIGINT NOT NULL,
    imported   BIGINT NOT NULL,
    first_day  INTEGER NOT NULL,
    last_day   INTEGER NOT NULL,
    source     BIGINT NOT NULL,
    tool       BYTEA NOT NULL,
    PRIMARY KEY (enterprise, revision)
);

-- revision_day is how a revision moved a report day. Lines that no record states are NULL.
CREATE TABLE revision_day (
    enterprise     BIGINT NOT NULL,
    revision       BIGINT NOT NULL,
    day            INTEGER NOT NULL,
    kind           INTEGER NOT NULL,
    source         BIGINT NOT NULL,
    tool           BYTEA NOT NULL,
    skipped        BOOLEAN NOT NULL,
    before_records BIGINT NOT NULL,
    before_added   BIGINT,
    before_deleted BIGINT,
    after_records  BIGINT NOT NULL,
    after_added    BIGINT,
    after_deleted  BIGINT
);
CREATE INDEX revision_day_revision ON revision_day (enterprise, revision);

-- changed_month lists the months whose rollups a revision changed.
CREATE TABLE changed_month (
    enterprise BIGINT NOT NULL,
    revision   BIGINT NOT NULL,
    month      INTEGER NOT NULL,
    PRIMARY KEY (enterprise, revision, month)
);
