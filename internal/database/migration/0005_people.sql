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
