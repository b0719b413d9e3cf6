-- What bounces say about members: one row a day and membership, where its probe stands, whose delivery is
-- stopped; and how many bounced on one posting (docs/bounces.md). Forward only: never edit an applied file.

ALTER TABLE member ADD COLUMN stopped INTEGER;   -- since when: it bounced, and its probe did too

-- The bounce that says most of its day. Outlives the posting, hence no reference.
CREATE TABLE member_bounce (
  list_id INTEGER NOT NULL,                 -- the list that the member is on, not where the posting went
  address_id INTEGER NOT NULL,
  day INTEGER NOT NULL,                     -- since 1970, UTC
  kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 3),   -- policy, spike, soft, hard
  posting INTEGER NOT NULL,
  at INTEGER NOT NULL,
  status TEXT NOT NULL,
  diagnostic TEXT NOT NULL,
  PRIMARY KEY (list_id, address_id, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_bounce_by_posting ON member_bounce (posting);

-- Rows only for members whose score reached the threshold once.
CREATE TABLE bounce_watch (
  list_id INTEGER NOT NULL,
  address_id INTEGER NOT NULL,
  stage INTEGER NOT NULL CHECK (stage BETWEEN 0 AND 3), -- quiet, probe wanted, probe sent, stopped
  since INTEGER NOT NULL,                   -- bounces up to then count no more
  probe INTEGER NOT NULL,                   -- the latest; 0: none yet
  due INTEGER,                              -- when a rule looks at it
  PRIMARY KEY (list_id, address_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX bounce_watch_due ON bounce_watch (due) WHERE due IS NOT NULL;

CREATE TABLE posting_bounces (
  posting INTEGER PRIMARY KEY REFERENCES posting (id) ON DELETE CASCADE,
  members INTEGER NOT NULL,                 -- that had not bounced on the days before
  frozen INTEGER                            -- when they became too many to be believed
) STRICT;

-- What a list's owners are still to be told: who was stopped, which posting's bounces were frozen.
CREATE TABLE bounce_news (
  list_id INTEGER NOT NULL,
  address_id INTEGER NOT NULL,              -- or 0
  posting INTEGER NOT NULL,                 -- or 0; may be pruned since
  PRIMARY KEY (list_id, address_id, posting)
) STRICT, WITHOUT ROWID;
CREATE TABLE bounce_letter (
  list_id INTEGER PRIMARY KEY,
  told INTEGER NOT NULL,                    -- when the last letter was written
  due INTEGER                               -- when the next one is
) STRICT;
CREATE INDEX bounce_letter_due ON bounce_letter (due) WHERE due IS NOT NULL;
