-- +goose Up

-- What a channel of alerts (mail, webhook) was last told of a source: status is '' for a
-- source that is on time. error is why the last delivery failed, '' if it did not;
-- failures counts those since the last success, next_try is when it is tried again.
CREATE TABLE source_alert (
    source   BIGINT NOT NULL REFERENCES source (id) ON DELETE CASCADE,
    channel  TEXT NOT NULL,
    status   TEXT NOT NULL,
    sent     BIGINT,
    error    TEXT NOT NULL,
    failures INTEGER NOT NULL,
    next_try BIGINT,
    PRIMARY KEY (source, channel)
);
