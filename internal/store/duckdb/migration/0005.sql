-- Days of an enterprise of which the totals are all that is left: retention
-- removed the records of people that they were rolled up from. Their units and
-- sets of people stay as they are, and no rollup replaces them.
CREATE TABLE totals_day (
    enterprise BIGINT NOT NULL,
    day        DATE   NOT NULL
);
