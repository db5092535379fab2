-- +goose Up

-- A link opens a person's own page only once it is confirmed: linked_by and
-- confirmed_by are who did it, as the audit log names them. Of links from before
-- nobody knows who made them.
ALTER TABLE identity ADD COLUMN linked_by TEXT NOT NULL DEFAULT '';
ALTER TABLE identity ADD COLUMN confirmed BIGINT;
ALTER TABLE identity ADD COLUMN confirmed_by TEXT NOT NULL DEFAULT '';

-- A role that a claim of the identity provider stands for goes at the next sign-in that
-- lacks the claim.
ALTER TABLE granted ADD COLUMN claimed BOOLEAN NOT NULL DEFAULT FALSE;

-- A change that lets more be seen of people, and waits for a guardian while decision is
-- empty. body is the change.
CREATE TABLE weakening (
    id         BIGINT PRIMARY KEY,
    enterprise BIGINT NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    body       TEXT NOT NULL,
    summary    TEXT NOT NULL,
    requester  TEXT NOT NULL,
    person     BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    decision   TEXT NOT NULL,
    decider    TEXT NOT NULL,
    decided    BIGINT
);
CREATE INDEX weakening_enterprise ON weakening (enterprise);
INSERT INTO sequence (name, next) VALUES ('weakening', 1);
