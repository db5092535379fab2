-- +goose Up

-- pseudonym is the key with which an enterprise's people get their pseudonyms,
-- and with which those who were erased are known again: 32 bytes that nobody sees.
CREATE TABLE pseudonym (
    enterprise BIGINT PRIMARY KEY REFERENCES entity (id) ON DELETE CASCADE,
    secret     BLOB NOT NULL
);
INSERT INTO pseudonym (enterprise, secret) SELECT id, randomblob(32) FROM entity WHERE kind = 'enterprise';

-- erased holds who was erased, as a keyed hash of tool and user id: imports do
-- not bring them back.
CREATE TABLE erased (
    enterprise BIGINT NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    hash       VARCHAR(64) NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (enterprise, hash)
);
