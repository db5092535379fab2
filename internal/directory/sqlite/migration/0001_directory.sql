-- +goose Up

-- sequence.next is the number that the next entity gets; numbers of removed
-- entities are not used again.
CREATE TABLE sequence (
    name VARCHAR(32) PRIMARY KEY,
    next BIGINT NOT NULL
);
INSERT INTO sequence (name, next) VALUES ('entity', 1);

-- An entity is an enterprise, an organization or a team. owner is what it hangs
-- from: 0 for an enterprise, the enterprise for an organization, the
-- organization, else the enterprise, for a team. slug_key is the slug in lower
-- case. Times are microseconds since 1970, UTC, here and below.
CREATE TABLE entity (
    id           BIGINT PRIMARY KEY,
    kind         VARCHAR(16) NOT NULL CHECK (kind IN ('enterprise', 'organization', 'team')),
    enterprise   BIGINT NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    organization BIGINT REFERENCES entity (id) ON DELETE CASCADE,
    owner        BIGINT NOT NULL,
    slug         VARCHAR(100),
    slug_key     VARCHAR(100),
    name         TEXT NOT NULL,
    created      BIGINT NOT NULL,
    UNIQUE (kind, owner, slug_key)
);
CREATE INDEX entity_enterprise ON entity (enterprise);
CREATE INDEX entity_organization ON entity (organization);

-- An alias is an id under which reports speak of an entity. owner is the
-- entity's, but for enterprises their own id: two of them may share an alias.
CREATE TABLE alias (
    entity   BIGINT NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    alias    TEXT NOT NULL,
    kind     VARCHAR(16) NOT NULL,
    owner    BIGINT NOT NULL,
    PRIMARY KEY (entity, position),
    UNIQUE (kind, owner, alias)
);

-- A billing answer lists the seats of owner, an enterprise or organization.
CREATE TABLE billing (
    owner      BIGINT PRIMARY KEY REFERENCES entity (id) ON DELETE CASCADE,
    enterprise BIGINT NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    as_of      BIGINT NOT NULL
);
CREATE INDEX billing_enterprise ON billing (enterprise);

-- A seat is one line of a billing answer, as it came in body.
CREATE TABLE seat (
    owner         BIGINT NOT NULL REFERENCES billing (owner) ON DELETE CASCADE,
    position      INTEGER NOT NULL,
    organization  BIGINT REFERENCES entity (id) ON DELETE CASCADE,
    user_id       TEXT NOT NULL,
    login         TEXT NOT NULL,
    team          TEXT NOT NULL,
    plan          TEXT NOT NULL,
    created       BIGINT,
    last_activity BIGINT,
    last_editor   TEXT NOT NULL,
    body          TEXT,
    PRIMARY KEY (owner, position)
);
CREATE INDEX seat_organization ON seat (organization);
