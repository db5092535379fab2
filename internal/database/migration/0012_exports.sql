-- +goose Up

-- An export that is prepared in the background, or was, for whoever asked for it. about says
-- what is asked for and of which version of the data it is. records of total are written;
-- beat is when whoever prepares it last said so. size is what the file has in bytes, stored
-- what its chunks take, packed.
CREATE TABLE prepared_export (
    id         TEXT PRIMARY KEY,
    enterprise BIGINT NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    owner      TEXT NOT NULL,
    about      BYTEA NOT NULL,
    status     TEXT NOT NULL,
    error      TEXT NOT NULL,
    records    BIGINT NOT NULL,
    total      BIGINT NOT NULL,
    size       BIGINT NOT NULL,
    stored     BIGINT NOT NULL,
    created    BIGINT NOT NULL,
    beat       BIGINT NOT NULL,
    expires    BIGINT NOT NULL
);
CREATE INDEX prepared_export_owner ON prepared_export (enterprise, owner);
CREATE INDEX prepared_export_expires ON prepared_export (expires);

CREATE TABLE prepared_export_chunk (
    export   TEXT NOT NULL REFERENCES prepared_export (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    body     BYTEA NOT NULL,
    PRIMARY KEY (export, position)
);
