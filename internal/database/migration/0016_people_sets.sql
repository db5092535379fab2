-- +goose Up

-- people_sets has who was active on a day, as bitmaps of persons: of everyone with a
-- record, of those whose lines are known, and of the cells; as bitmaps of accounts, who
-- had which client; and who belonged to which organization and team. Those that are
-- mostly read together are one row, of a group (sqlstore.setGroup). Without a body they
-- are gone. What the table people has is moved by migration 17.
CREATE TABLE people_sets (
    enterprise BIGINT NOT NULL,
    set_group  BIGINT NOT NULL,
    day        INTEGER NOT NULL,
    tool       INTEGER NOT NULL,
    revision   BIGINT NOT NULL,
    body       BYTEA,
    PRIMARY KEY (enterprise, set_group, day, tool, revision)
);
CREATE INDEX people_sets_day ON people_sets (enterprise, day, revision, set_group, tool);
