-- In step with the organisation (docs/sources.md): who is synced, who is not to come back by a sync, what the last
-- sync of a list came to, and one that is being applied. Forward only: never edit an applied file.

ALTER TABLE member ADD COLUMN synced INTEGER NOT NULL DEFAULT 0;   -- 1: a sync added them, and may remove them

-- Left a list that is synced, or were removed from it by a person.
CREATE TABLE sync_left (
  list_id INTEGER NOT NULL,
  key TEXT NOT NULL,
  PRIMARY KEY (list_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE last_sync (
  list_id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  result INTEGER NOT NULL CHECK (result BETWEEN 0 AND 4),  -- in step, applied, held, failed, being applied
  reason TEXT NOT NULL,
  before INTEGER NOT NULL,                  -- synced members then
  manual INTEGER NOT NULL,
  added INTEGER NOT NULL,
  removed INTEGER NOT NULL,
  excluded INTEGER NOT NULL,
  invalid INTEGER NOT NULL,                 -- rows whose address is none
  succeeded INTEGER,                        -- when the list was last in step
  failing INTEGER,                          -- since when, as owners were told; not yet that it works again
  told_plan TEXT NOT NULL,                  -- the held plan that owners were told of
  told INTEGER                              -- when
) STRICT;

-- Its rows are in the file sync-LIST.plan beside the database (store/sync_plan_file.h); those up to done_key are
-- carried out.
CREATE TABLE sync_run (
  list_id INTEGER PRIMARY KEY,
  plan TEXT NOT NULL,
  began INTEGER NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  vouched INTEGER NOT NULL,                 -- 1: its numbers were within the limits, or confirmed
  done_key TEXT NOT NULL,
  added INTEGER NOT NULL,
  removed INTEGER NOT NULL
) STRICT;
