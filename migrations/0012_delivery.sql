-- How members get their mail: each message, digests, or nothing for a while; and what waits for a digest
-- (docs/lists.md). Forward only: never edit an applied file.

-- member.mode stays what expansion reads: 0, a copy of each message; 1, none. With 1 the rest says what they get
-- instead. New columns, not a new table: 850,000 rows are not copied, and a stop halfway leaves nothing behind.
ALTER TABLE member ADD COLUMN digest INTEGER NOT NULL DEFAULT 0;   -- with mode 1: digests
ALTER TABLE member ADD COLUMN form INTEGER NOT NULL DEFAULT 0;     -- of digests: MIME, plain
ALTER TABLE member ADD COLUMN until INTEGER;                       -- with mode 1: nothing until then, and then
ALTER TABLE member ADD COLUMN after INTEGER NOT NULL DEFAULT 0;    -- each (0) or digests (2)
CREATE INDEX member_other ON member (list_id, address_id, digest, until, after, form)
  WHERE role = 0 AND mode = 1 AND (digest = 1 OR until IS NOT NULL) AND stopped IS NULL;

-- Accepted for a list that has members with digests, and in no digest yet; in the order of `number`. The digest
-- itself is a posting of kind 4, written in the transaction that takes these rows away.
CREATE TABLE digest_waiting (
  number INTEGER PRIMARY KEY,
  list_id INTEGER NOT NULL,
  posting INTEGER NOT NULL UNIQUE REFERENCES posting (id),
  size INTEGER NOT NULL,                    -- bytes
  since INTEGER NOT NULL
) STRICT;
-- Of lists whose digest could not be written: not tried again before.
CREATE TABLE digest_put_off (
  list_id INTEGER PRIMARY KEY,
  until INTEGER NOT NULL
) STRICT;
CREATE INDEX digest_waiting_by_list ON digest_waiting (list_id, number, size, since);
