-- +goose Up

-- Programs of former forms would store people of an enterprise that is kept without them.
UPDATE form SET oldest = 10;
