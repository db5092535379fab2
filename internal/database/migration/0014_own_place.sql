-- +goose Up

-- own_place has who wants to see their own place among the people of an enterprise.
CREATE TABLE own_place (
    person     BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    enterprise BIGINT NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    PRIMARY KEY (person, enterprise)
);
CREATE INDEX own_place_enterprise ON own_place (enterprise);

-- quarters has what divides an enterprise's people in the four weeks from a day: a JSON object
-- of three numbers by measure. It stays what it was when it was first told.
CREATE TABLE quarters (
    enterprise BIGINT NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    first_day  INTEGER NOT NULL,
    bounds     TEXT NOT NULL,
    PRIMARY KEY (enterprise, first_day)
);
