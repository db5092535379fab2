-- +goose Up

-- What was decided to be shown of an ISO week's figures to those who may not view people,
-- groups having a minimum of people. It holds while changed is the last revision that
-- changed one of the week's months. week is its Monday.
CREATE TABLE shown_week (
    enterprise BIGINT NOT NULL,
    week       INTEGER NOT NULL,
    minimum    INTEGER NOT NULL,
    changed    BIGINT NOT NULL,
    body       BYTEA NOT NULL,
    PRIMARY KEY (enterprise, week, minimum)
);
