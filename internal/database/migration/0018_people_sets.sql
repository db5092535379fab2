-- +goose Up

DROP TABLE people;

-- Programs of former forms would read the table people.
UPDATE form SET oldest = 18;
