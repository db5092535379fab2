-- +goose Up

-- A block is in three parts (sqlstore.block): the totals of its rows, which most questions read
-- alone, their facts, and the rest, which is only exported. Without totals it is gone. There
-- are no blocks of the former form: DB.Migrate refuses a database that has some.
ALTER TABLE block RENAME COLUMN body TO totals;
ALTER TABLE block DROP COLUMN figures;
ALTER TABLE block ADD COLUMN facts BYTEA;
ALTER TABLE block ADD COLUMN rest BYTEA;
