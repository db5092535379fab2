-- +goose Up

-- A saved view is a page as a person saved it for themself: place is the enterprise,
-- organization or team that it is about, page its name in addresses, query what the address
-- says besides. definition and data_version are those of its figures when it was saved.
CREATE TABLE saved_view (
    id           BIGINT PRIMARY KEY,
    person       BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    enterprise   BIGINT NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    place        BIGINT NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    name         TEXT NOT NULL,
    page         TEXT NOT NULL,
    query        TEXT NOT NULL,
    definition   TEXT NOT NULL,
    data_version BIGINT NOT NULL,
    saved        BIGINT NOT NULL
);
CREATE INDEX saved_view_person ON saved_view (person, enterprise);
CREATE INDEX saved_view_enterprise ON saved_view (enterprise);
CREATE INDEX saved_view_place ON saved_view (place);
INSERT INTO sequence (name, next) VALUES ('saved_view', 1);
