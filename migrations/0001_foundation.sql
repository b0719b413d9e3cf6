-- Addresses, lists and members; messages, postings and slices; what the next servers said; accounts and secrets.
-- Times are milliseconds since 1970 UTC. Forward only: never edit an applied file, add the next one.

CREATE TABLE domain (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,                -- A-labels, lower case
  next_serial INTEGER NOT NULL DEFAULT 1
) STRICT;

-- Once for all lists. id = domain << 32 | serial within the domain: an audience sorted by id is grouped by domain.
CREATE TABLE address (
  id INTEGER PRIMARY KEY,
  mailbox TEXT NOT NULL,                    -- as it goes into RCPT TO
  key TEXT NOT NULL UNIQUE                  -- what makes two spellings the same member
) STRICT;

CREATE TABLE list (
  id INTEGER PRIMARY KEY,
  address_id INTEGER NOT NULL UNIQUE REFERENCES address (id),
  created INTEGER NOT NULL
) STRICT;

-- The primary key is the order in which expansion reads a list's members.
CREATE TABLE member (
  list_id INTEGER NOT NULL REFERENCES list (id),
  role INTEGER NOT NULL CHECK (role BETWEEN 0 AND 2),   -- member, moderator, owner
  address_id INTEGER NOT NULL REFERENCES address (id),
  mode INTEGER NOT NULL CHECK (mode BETWEEN 0 AND 1),   -- each, none
  name TEXT NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (list_id, role, address_id)
) STRICT, WITHOUT ROWID;

-- A message is stored once, its copies never.
CREATE TABLE message (
  id INTEGER PRIMARY KEY,
  received INTEGER NOT NULL,
  bytes BLOB NOT NULL
) STRICT;

CREATE TABLE posting (
  id INTEGER PRIMARY KEY,
  message INTEGER NOT NULL REFERENCES message (id),
  kind INTEGER NOT NULL,                    -- list, owner, notice
  list_id INTEGER NOT NULL,                 -- 0 for a notice
  list_address TEXT NOT NULL,
  sender TEXT NOT NULL,
  reverse_path TEXT NOT NULL,
  envid TEXT NOT NULL,
  message_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  peer TEXT NOT NULL,
  verdict TEXT NOT NULL,
  reason TEXT NOT NULL,
  state INTEGER NOT NULL,                   -- pending, done, dropped
  received INTEGER NOT NULL,
  size INTEGER NOT NULL,
  recipients INTEGER NOT NULL,
  delivered INTEGER NOT NULL,
  deferred INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  finished INTEGER                          -- when the last recipient was settled
) STRICT;
CREATE INDEX posting_by_list ON posting (list_address, id);
CREATE INDEX posting_by_message ON posting (message);
CREATE INDEX posting_by_message_id ON posting (list_id, message_id);
CREATE INDEX posting_pending ON posting (id) WHERE state = 0;
CREATE INDEX posting_finished ON posting (finished) WHERE state <> 0;

-- The frozen audience. `ids` and `settled` are the two forms of server/queue/slice.h; they stand last, so that
-- listings do not read them.
CREATE TABLE slice (
  posting INTEGER NOT NULL REFERENCES posting (id),
  number INTEGER NOT NULL,
  state INTEGER NOT NULL,                   -- open, finished, dropped, moved to other slices
  route TEXT NOT NULL,
  recipients INTEGER NOT NULL,
  remaining INTEGER NOT NULL,               -- not settled
  deferred INTEGER NOT NULL,                -- of these, tried
  attempts INTEGER NOT NULL,
  due INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  last_reply TEXT NOT NULL,                 -- the latest that was not a 2xx
  settled BLOB NOT NULL,
  ids BLOB NOT NULL,
  PRIMARY KEY (posting, number)
) STRICT;
CREATE INDEX slice_open ON slice (posting, number) WHERE state = 0;

-- What the next servers said, a chunk a report (server/queue/handover_log.h), in the order of `id`.
CREATE TABLE handover (
  id INTEGER PRIMARY KEY,
  posting INTEGER NOT NULL REFERENCES posting (id),
  slice INTEGER NOT NULL,
  base INTEGER NOT NULL,
  peer TEXT NOT NULL,
  log BLOB NOT NULL
) STRICT;
CREATE INDEX handover_by_slice ON handover (posting, slice);

CREATE TABLE bounce (
  posting INTEGER NOT NULL REFERENCES posting (id),
  address_id INTEGER NOT NULL,
  list_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  status TEXT NOT NULL,
  diagnostic TEXT NOT NULL,
  PRIMARY KEY (posting, address_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX bounce_by_member ON bounce (list_id, address_id, at);

-- Numbered, so that keeping the last n is one range.
CREATE TABLE refusal (
  number INTEGER PRIMARY KEY,
  id INTEGER NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  peer TEXT NOT NULL,
  sender TEXT NOT NULL,
  recipient TEXT NOT NULL,
  reply TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;

CREATE TABLE user (
  login TEXT PRIMARY KEY,
  password_hash TEXT NOT NULL,
  scram TEXT NOT NULL,
  changed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE secret (
  name TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
