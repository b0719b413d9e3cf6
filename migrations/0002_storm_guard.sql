-- What waits for a person or a time, and what the storm guard remembers (docs/storm.md).
-- Times are milliseconds since 1970 UTC. Forward only: never edit an applied file, add the next one.

-- posting.state has one more value: 3, held. posting.list_id stays 0 for a notice.
ALTER TABLE posting ADD COLUMN thread TEXT NOT NULL DEFAULT '';            -- the guard's key, may be empty
ALTER TABLE posting ADD COLUMN approvals INTEGER NOT NULL DEFAULT 0;       -- held for moderators: of how many
ALTER TABLE posting ADD COLUMN until INTEGER;                              -- held: when a rule acts on it
CREATE INDEX posting_held ON posting (list_id, id) WHERE state = 3;
CREATE INDEX posting_held_until ON posting (until, id) WHERE state = 3 AND until IS NOT NULL;

-- slice.state has one more value: 4, held with its posting: not to be delivered yet.
CREATE INDEX slice_held ON slice (posting, number) WHERE state = 4;

CREATE TABLE approval (
  posting INTEGER NOT NULL REFERENCES posting (id),
  person TEXT NOT NULL,                     -- key of an address
  at INTEGER NOT NULL,
  PRIMARY KEY (posting, person)
) STRICT, WITHOUT ROWID;

-- A token outlives its posting (it answers "that was discarded"), hence no reference.
CREATE TABLE token (
  digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
  person TEXT NOT NULL,
  posting INTEGER NOT NULL,                 -- 0: about the list
  list_id INTEGER NOT NULL,
  thread TEXT NOT NULL,
  moderator INTEGER NOT NULL CHECK (moderator BETWEEN 0 AND 1),
  expires INTEGER NOT NULL,
  used INTEGER                              -- when
) STRICT, WITHOUT ROWID;
CREATE INDEX token_by_expiry ON token (expires);

CREATE TABLE freeze (
  list_id INTEGER PRIMARY KEY,
  since INTEGER NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;

-- Numbered, so that keeping the last n is one range.
CREATE TABLE audit (
  number INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  list_address TEXT NOT NULL,
  posting INTEGER NOT NULL,                 -- 0: none
  reason TEXT NOT NULL,
  outcome TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_list ON audit (list_address, number);

-- The guard's memory (server/storm/memory.h). `number` counts the writes of one list and kind: what it keeps
-- is a range of it, and pushing out the oldest needs no counting.
CREATE TABLE storm_record (
  list_id INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  key TEXT NOT NULL,
  number INTEGER NOT NULL,
  written INTEGER NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (list_id, kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX storm_record_by_number ON storm_record (kind, list_id, number);
