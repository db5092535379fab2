-- Which identities are persons of the directory, by its numbers. Identities of
-- one person in one enterprise have the same identity.person: the first of them.
CREATE TABLE link (
    identity INTEGER NOT NULL,
    person   BIGINT  NOT NULL
);

-- Where the directory's persons belong, whatever reports say; team 0 is the
-- organization itself, organization 0 a team of the enterprise.
CREATE TABLE belonging (
    enterprise   BIGINT NOT NULL,
    person       BIGINT NOT NULL,
    organization BIGINT NOT NULL,
    team         BIGINT NOT NULL,
    first        DATE   NOT NULL,
    last         DATE   NOT NULL
);
