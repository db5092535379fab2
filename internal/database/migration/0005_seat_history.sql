-- +goose Up

-- How many people had a seat of owner by each answer that was imported, and what that
-- answer's time was; imported is when it came.
CREATE TABLE billing_history (
    owner      BIGINT NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    enterprise BIGINT NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    as_of      BIGINT NOT NULL,
    imported   BIGINT NOT NULL,
    people     BIGINT NOT NULL,
    PRIMARY KEY (owner, as_of)
);
CREATE INDEX billing_history_enterprise ON billing_history (enterprise);
