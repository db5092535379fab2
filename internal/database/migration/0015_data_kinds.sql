-- +goose Up

-- A stream is of one kind of data (metric.DataKind); what there is is reports. data_kind of
-- what was undone is -1 for every kind.
ALTER TABLE stream ADD COLUMN data_kind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE revision_day ADD COLUMN data_kind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE undone ADD COLUMN data_kind INTEGER NOT NULL DEFAULT -1;

-- Programs of former forms would add up what several kinds say of one person's day.
UPDATE form SET oldest = 15;
