-- +goose Up

-- week_sum has the sums of the units of all organizations, or of all teams, over an ISO week,
-- of which day is the Monday: of one breakdown each, packed (sqlstore.encodeWeek). revision is
-- the one that they were added up of. A change of the week's units removes them.
CREATE TABLE week_sum (
    enterprise BIGINT NOT NULL,
    level      INTEGER NOT NULL,
    day        INTEGER NOT NULL,
    breakdown  INTEGER NOT NULL,
    revision   BIGINT NOT NULL,
    body       BYTEA NOT NULL,
    PRIMARY KEY (enterprise, level, day, breakdown)
);

-- Programs of former forms would not remove them.
UPDATE form SET oldest = 19;
