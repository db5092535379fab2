-- +goose Up

-- Programs of former forms could not read blocks as migration 21 makes them.
UPDATE form SET oldest = 20;
