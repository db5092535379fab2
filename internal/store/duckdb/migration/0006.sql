-- How old the report was that a row came with: when the import that brought the
-- newest is deleted, the report day is as old as what is left of it. Rows from
-- before this form are taken to be as old as their report day.
ALTER TABLE member ADD COLUMN version BIGINT DEFAULT 0;
ALTER TABLE document ADD COLUMN version BIGINT DEFAULT 0;
UPDATE member SET version = r.version FROM report_day r
    WHERE r.stream = member.stream AND r.day = member.day AND r.kind = 3;
UPDATE document SET version = r.version FROM report_day r
    WHERE r.stream = document.stream AND r.day = document.day AND r.kind = document.kind;
