-- +goose Up

-- What was decided to be shown of an ISO week's figures to those who may not view
-- people. week is its Monday, number counts the decisions, judged is the last revision
-- that had changed one of the week's months. revisions lists those of which units and
-- people of the week's days are kept beside what is current, held says that a correction
-- is held back. Without a body there is no decision. people, which is about single
-- people, goes with their records. tidied says that what former decisions needed is gone.
DROP TABLE shown_week;
CREATE TABLE shown_week (
    enterprise BIGINT NOT NULL,
    week       INTEGER NOT NULL,
    number     BIGINT NOT NULL,
    judged     BIGINT NOT NULL,
    revisions  BYTEA NOT NULL,
    held       BOOLEAN NOT NULL,
    body       BYTEA,
    people     BYTEA,
    tidied     BOOLEAN NOT NULL,
    PRIMARY KEY (enterprise, week)
);
