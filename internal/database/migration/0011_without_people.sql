-- +goose Up

-- An enterprise that is kept without people has the fingerprint of the key that its people
-- become pseudonyms by; the key itself is outside the database.
ALTER TABLE entity ADD COLUMN people_key TEXT NOT NULL DEFAULT '';
