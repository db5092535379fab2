-- +goose Up

-- form has the number of the oldest form whose programs may still read and write
-- this one; migration has the form's own.
CREATE TABLE form (
    oldest BIGINT NOT NULL
);
INSERT INTO form (oldest) VALUES (1);

-- version has what rises with every change: of the directory (scope 0), and of
-- each enterprise's data (its number). One look at it decides what caches hold.
CREATE TABLE version (
    scope    BIGINT PRIMARY KEY,
    revision BIGINT NOT NULL
);
INSERT INTO version (scope, revision) VALUES (0, 1);

-- scrub has a row while the embedded database's log may still hold what was deleted
-- for good.
CREATE TABLE scrub (
    at BIGINT NOT NULL
);

-- sequence.next is the number that the next entity gets; numbers of removed
-- entities are not used again.
CREATE TABLE sequence (
    name TEXT PRIMARY KEY,
    next BIGINT NOT NULL
);
INSERT INTO sequence (name, next) VALUES ('entity', 1);

-- An entity is an enterprise, an organization or a team. owner is what it hangs
-- from: 0 for an enterprise, the enterprise for an organization, the
-- organization, else the enterprise, for a team. slug_key is the slug in lower
-- case. Times are microseconds since 1970, UTC, here and below.
CREATE TABLE entity (
    id           BIGINT PRIMARY KEY,
    kind         TEXT NOT NULL CHECK (kind IN ('enterprise', 'organization', 'team')),
    enterprise   BIGINT NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    organization BIGINT REFERENCES entity (id) ON DELETE CASCADE,
    owner        BIGINT NOT NULL,
    slug         TEXT,
    slug_key     TEXT,
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
    kind     TEXT NOT NULL,
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

-- A seat is one line of a billing answer, as it came in body. login_key is the
-- login in lower case.
CREATE TABLE seat (
    owner         BIGINT NOT NULL REFERENCES billing (owner) ON DELETE CASCADE,
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
CREATE INDEX seat_organization ON seat (organization);

-- Numbers of what is made by hand; never used again.
INSERT INTO sequence (name, next) VALUES ('person', 1), ('granted', 1), ('token', 1), ('session', 1), ('batch', 1), ('audit', 1);

-- policy is whether the usage metrics of an enterprise may be seen, or an
-- organization's choice where its enterprise leaves it to them.
CREATE TABLE policy (
    entity BIGINT PRIMARY KEY REFERENCES entity (id) ON DELETE CASCADE,
    value  TEXT NOT NULL
);

-- A person signs in, holds roles and owns identities. enterprise manages the
-- person; none for those whom the operator manages. email_key is in lower case.
CREATE TABLE person (
    id         BIGINT PRIMARY KEY,
    enterprise BIGINT REFERENCES entity (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    email      TEXT NOT NULL,
    email_key  TEXT UNIQUE,
    disabled   BOOLEAN NOT NULL,
    created    BIGINT NOT NULL
);
CREATE INDEX person_enterprise ON person (enterprise);

-- An identity is who a tool says somebody is, and whose it is.
CREATE TABLE identity (
    enterprise BIGINT NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    tool       TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    login      TEXT NOT NULL,
    person     BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    how        TEXT NOT NULL,
    linked     BIGINT NOT NULL,
    PRIMARY KEY (enterprise, tool, user_id)
);
CREATE INDEX identity_person ON identity (person);

-- A membership is a person's time in an organization or team, for tools whose
-- reports know neither. Days are days since 1970; 0 is open.
CREATE TABLE membership (
    enterprise BIGINT NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    person     BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    entity     BIGINT NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    first_day  INTEGER NOT NULL,
    last_day   INTEGER NOT NULL,
    PRIMARY KEY (person, entity, first_day)
);
CREATE INDEX membership_enterprise ON membership (enterprise);

-- changed_links lists the enterprises whose identities or memberships have changed, at
-- a revision of the directory, and whose data does not follow them yet.
CREATE TABLE changed_links (
    enterprise BIGINT PRIMARY KEY REFERENCES entity (id) ON DELETE CASCADE,
    revision   BIGINT NOT NULL
);

-- A batch is people who were imported together; undo is what takes it back.
CREATE TABLE batch (
    id         BIGINT PRIMARY KEY,
    enterprise BIGINT NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    at         BIGINT NOT NULL,
    summary    TEXT NOT NULL,
    undo       TEXT NOT NULL,
    undone     BIGINT
);
CREATE INDEX batch_enterprise ON batch (enterprise);

-- role holds custom roles; the built-in ones are the program's.
CREATE TABLE role (
    enterprise  BIGINT NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    name        TEXT NOT NULL,
    permissions TEXT NOT NULL,
    PRIMARY KEY (enterprise, name)
);

-- granted gives a person a role in an entity and what hangs from it; without
-- an entity in all of the installation.
CREATE TABLE granted (
    id      BIGINT PRIMARY KEY,
    person  BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    role    TEXT NOT NULL,
    entity  BIGINT REFERENCES entity (id) ON DELETE CASCADE,
    created BIGINT NOT NULL
);
CREATE INDEX granted_person ON granted (person);
CREATE INDEX granted_entity ON granted (entity);

-- privacy is how people's data is treated; the defaults have no row.
CREATE TABLE privacy (
    enterprise    BIGINT PRIMARY KEY REFERENCES entity (id) ON DELETE CASCADE,
    minimum_group INTEGER NOT NULL,
    pseudonyms    BOOLEAN NOT NULL,
    person_views  BOOLEAN NOT NULL,
    retention     INTEGER NOT NULL,
    reason        TEXT NOT NULL,
    changed       BIGINT NOT NULL
);

-- A login is an identity provider's name for a person.
CREATE TABLE login (
    issuer  TEXT NOT NULL,
    subject TEXT NOT NULL,
    person  BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX login_person ON login (person);

CREATE TABLE password (
    person BIGINT PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    hash   TEXT NOT NULL
);

-- An invitation lets whoever has its secret set a person's password, once.
CREATE TABLE invitation (
    hash    TEXT PRIMARY KEY,
    person  BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    expires BIGINT NOT NULL
);

-- A session is known by the hash of its cookie. previous stays good for a
-- moment after a rotation; stale asks for one.
CREATE TABLE session (
    id       BIGINT PRIMARY KEY,
    hash     TEXT NOT NULL UNIQUE,
    previous TEXT,
    rotated  BIGINT,
    stale    BOOLEAN NOT NULL,
    person   BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    how      TEXT NOT NULL,
    created  BIGINT NOT NULL,
    seen     BIGINT NOT NULL
);
CREATE INDEX session_person ON session (person);
CREATE INDEX session_previous ON session (previous);

-- A token is known by its hash. user_id and team are what an ingest token fixes.
CREATE TABLE token (
    id           BIGINT PRIMARY KEY,
    hash         TEXT NOT NULL UNIQUE,
    enterprise   BIGINT NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    organization BIGINT REFERENCES entity (id) ON DELETE CASCADE,
    team         BIGINT REFERENCES entity (id) ON DELETE CASCADE,
    user_id      TEXT NOT NULL,
    name         TEXT NOT NULL,
    scopes       TEXT NOT NULL,
    created      BIGINT NOT NULL,
    expires      BIGINT NOT NULL,
    used         BIGINT,
    revoked      BIGINT
);
CREATE INDEX token_enterprise ON token (enterprise);

-- audit is append-only: each entry's hash covers the entry and the hash before.
-- Nothing refers to it and it refers to nothing, so that nothing takes it along.
CREATE TABLE audit (
    seq        BIGINT PRIMARY KEY,
    at         BIGINT NOT NULL,
    actor      TEXT NOT NULL,
    person     BIGINT NOT NULL,
    address    TEXT NOT NULL,
    enterprise BIGINT NOT NULL,
    action     TEXT NOT NULL,
    target     TEXT NOT NULL,
    subject    BIGINT NOT NULL,
    detail     TEXT NOT NULL,
    hash       TEXT NOT NULL
);
CREATE INDEX audit_enterprise ON audit (enterprise, seq);
CREATE INDEX audit_subject ON audit (subject, seq);

-- audit_head is the last entry's number and hash: entries missing at the end show.
CREATE TABLE audit_head (
    name TEXT PRIMARY KEY,
    seq  BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO audit_head (name, seq, hash) VALUES ('head', 0, '');

-- pseudonym is the key with which an enterprise's people get their pseudonyms,
-- and with which those who were erased are known again: 32 bytes that nobody sees.
CREATE TABLE pseudonym (
    enterprise BIGINT PRIMARY KEY REFERENCES entity (id) ON DELETE CASCADE,
    secret     BYTEA NOT NULL
);

-- erased holds who was erased, as a keyed hash of tool and user id: imports do
-- not bring them back.
CREATE TABLE erased (
    enterprise BIGINT NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    hash       TEXT NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (enterprise, hash)
);
