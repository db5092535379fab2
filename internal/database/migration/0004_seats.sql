-- +goose Up

-- The pages that have come of a billing answer of owner of which some are missing:
-- total is how many people it says to have seats, nameless how many of the seats
-- that have come are nobody's, shown that these are the owner's seats too.
CREATE TABLE billing_pages (
    owner      BIGINT PRIMARY KEY REFERENCES entity (id) ON DELETE CASCADE,
    enterprise BIGINT NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    as_of      BIGINT NOT NULL,
    total      BIGINT NOT NULL,
    nameless   BIGINT NOT NULL,
    shown      BOOLEAN NOT NULL
);
CREATE INDEX billing_pages_enterprise ON billing_pages (enterprise);

-- A seat of these pages; the columns are those of seat.
CREATE TABLE seat_page (
    owner         BIGINT NOT NULL REFERENCES billing_pages (owner) ON DELETE CASCADE,
    position      INTEGER NOT NULL,
    organization  BIGINT REFERENCES entity (id) ON DELETE CASCADE,
    user_id       TEXT NOT NULL,
    login         TEXT NOT NULL,
    login_key     TEXT NOT NULL,
    team          TEXT NOT NULL,
    plan          TEXT NOT NULL,
    created       BIGINT,
    last_activity BIGINT,
    last_editor   TEXT NOT NULL,
    body          TEXT,
    PRIMARY KEY (owner, position)
);
CREATE INDEX seat_page_organization ON seat_page (organization);

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
