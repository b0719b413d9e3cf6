-- Members who are synced, or go with their list (docs/sources.md, docs/lists.md). Forward only: never edit an applied
-- file.

-- 1: a person has set the name; a sync takes over no other. What a synced member has now came from a source, as far as
-- anybody knows.
ALTER TABLE member ADD COLUMN own_name INTEGER NOT NULL DEFAULT 0;
ALTER TABLE last_sync ADD COLUMN renamed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sync_run ADD COLUMN renamed INTEGER NOT NULL DEFAULT 0;

-- Lists that are being purged, in steps: nobody brings one back before its last row is gone.
CREATE TABLE purge (
  list_id INTEGER PRIMARY KEY,
  began INTEGER NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  outcome TEXT NOT NULL                     -- of the audit trail, when it is done
) STRICT;
