-- Who came behind which message that waits for a digest; the digests of a list by themselves (docs/lists.md). Forward
-- only: never edit an applied file.

-- Numbers never come again: members are counted behind them after the rows are gone.
CREATE TABLE digest_numbered (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  list_id INTEGER NOT NULL,
  posting INTEGER NOT NULL UNIQUE REFERENCES posting (id),
  size INTEGER NOT NULL,                    -- bytes
  since INTEGER NOT NULL
) STRICT;
INSERT INTO digest_numbered SELECT number, list_id, posting, size, since FROM digest_waiting;
DROP TABLE digest_waiting;
ALTER TABLE digest_numbered RENAME TO digest_waiting;
CREATE INDEX digest_waiting_by_list ON digest_waiting (list_id, number, size, since);

-- The last number that waited, of any list, when they came; 0: nothing did. Not a time, since clocks are set back.
ALTER TABLE member ADD COLUMN behind INTEGER NOT NULL DEFAULT 0;
CREATE TEMP TABLE waiting_since (since INTEGER PRIMARY KEY, number INTEGER NOT NULL);  -- the last number up to then
INSERT INTO waiting_since SELECT since, max(max(number)) OVER (ORDER BY since) FROM digest_waiting GROUP BY since;
UPDATE member SET behind = (SELECT number FROM waiting_since WHERE since < member.since ORDER BY since DESC LIMIT 1)
  WHERE since > (SELECT min(since) FROM waiting_since);
DROP TABLE waiting_since;

CREATE INDEX posting_digest ON posting (list_address, id) WHERE kind = 4;
