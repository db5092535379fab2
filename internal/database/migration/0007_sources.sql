-- +goose Up

-- A service that an enterprise's data is fetched from. organization is whose owner
-- connected it, NULL for a source of the enterprise. orgs and hosts are words with a
-- space between them. next_run is when the next round is due; state is JSON of package
-- source, for programs alone.
CREATE TABLE source (
    id           BIGINT PRIMARY KEY,
    enterprise   BIGINT NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    organization BIGINT REFERENCES entity (id) ON DELETE CASCADE,
    name         TEXT NOT NULL,
    kind         TEXT NOT NULL,
    base_url     TEXT NOT NULL,
    slug         TEXT NOT NULL,
    orgs         TEXT NOT NULL,
    hosts        TEXT NOT NULL,
    paused       BOOLEAN NOT NULL,
    created      BIGINT NOT NULL,
    next_run     BIGINT,
    state        TEXT
);
CREATE INDEX source_enterprise ON source (enterprise, name);
CREATE INDEX source_organization ON source (organization);
CREATE INDEX source_next_run ON source (next_run);

INSERT INTO sequence (name, next) VALUES ('source', 1);

-- A credential, encrypted with a key that the database does not have.
CREATE TABLE source_credential (
    source  BIGINT NOT NULL REFERENCES source (id) ON DELETE CASCADE,
    name    TEXT NOT NULL,
    kind    TEXT NOT NULL,
    sealed  BYTEA NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (source, name)
);

-- What came of fetching one report of one day: hash is that of its files, '' if there
-- were none; same is how often it came unchanged, asked how often there was none.
CREATE TABLE source_fetch (
    source BIGINT NOT NULL REFERENCES source (id) ON DELETE CASCADE,
    org    TEXT NOT NULL,
    report TEXT NOT NULL,
    day    INTEGER NOT NULL,
    hash   TEXT NOT NULL,
    first  BIGINT NOT NULL,
    last   BIGINT NOT NULL,
    same   INTEGER NOT NULL,
    asked  INTEGER NOT NULL,
    PRIMARY KEY (source, org, report, day)
);

-- Who belongs to an organization or team (owner) by a service's list of a time.
CREATE TABLE roster (
    owner      BIGINT PRIMARY KEY REFERENCES entity (id) ON DELETE CASCADE,
    enterprise BIGINT NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    as_of      BIGINT NOT NULL
);
CREATE INDEX roster_enterprise ON roster (enterprise);

CREATE TABLE roster_member (
    owner     BIGINT NOT NULL REFERENCES roster (owner) ON DELETE CASCADE,
    user_id   TEXT NOT NULL,
    login     TEXT NOT NULL,
    PRIMARY KEY (owner, user_id)
);
