-- +goose Up

-- What is kept for a while only, for whichever process is asked for it. Keys that
-- are secrets are here as their hashes.
CREATE TABLE expiring (
    kind    TEXT NOT NULL,
    key     TEXT NOT NULL,
    body    BYTEA NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (kind, key)
);
CREATE INDEX expiring_kind ON expiring (kind, expires);
CREATE INDEX expiring_expires ON expiring (expires);

-- Its row is what waits for its turn to look at several rows and change some.
INSERT INTO sequence (name, next) VALUES ('expiring', 1);

-- An upload is files that wait for their confirmation, cut into chunks. size is
-- how many bytes they may take.
CREATE TABLE upload (
    id      TEXT PRIMARY KEY,
    size    BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX upload_expires ON upload (expires);

CREATE TABLE upload_chunk (
    upload   TEXT NOT NULL REFERENCES upload (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    body     BYTEA NOT NULL,
    PRIMARY KEY (upload, position)
);
