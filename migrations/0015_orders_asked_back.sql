-- What a list's owners are asked about a held sync, until one of them confirms or drops it by mail
-- (docs/sources.md); and who has been asked already about orders of the list. Forward only: never edit an applied
-- file.

CREATE TABLE sync_offer (
  digest BLOB PRIMARY KEY CHECK (length(digest) = 32),  -- of the token in the letter to one owner
  list_id INTEGER NOT NULL,
  person TEXT NOT NULL,                     -- key of who was sent it
  plan TEXT NOT NULL,                       -- the held plan's fingerprint; all owners were shown the same
  added INTEGER NOT NULL CHECK (added >= 0),  -- as the letter says: more than these nobody has agreed to
  removed INTEGER NOT NULL CHECK (removed >= 0),
  expires INTEGER NOT NULL,
  confirmed INTEGER,                        -- when its reader did; until the sync has been tried
  message_id TEXT NOT NULL,                 -- of the mail that did
  over TEXT NOT NULL                        -- why it is not open any more; empty: it is
) STRICT, WITHOUT ROWID;
CREATE INDEX sync_offer_by_list ON sync_offer (list_id);
CREATE INDEX sync_offer_confirmed ON sync_offer (list_id) WHERE confirmed IS NOT NULL;

CREATE INDEX member_order_by_person ON member_order (list_id, person);
