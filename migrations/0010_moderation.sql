-- Whose messages a moderator looks at first, lists on which everything waits, and when what is held ends
-- (docs/moderation.md). Forward only: never edit an applied file.

ALTER TABLE member ADD COLUMN moderated INTEGER NOT NULL DEFAULT 0;   -- as the list says, always, never

-- Of one list, or with 0 of all.
CREATE TABLE hold_all (
  list_id INTEGER PRIMARY KEY,
  since INTEGER NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;

-- Who has had something go out to a list, for rules about first postings. Outlives the posting. What goes out
-- at once is noted by who inserts it: a trigger on each insert costs more than the insert.
CREATE TABLE posted (
  list_id INTEGER NOT NULL,
  author_key TEXT NOT NULL,
  PRIMARY KEY (list_id, author_key)
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO posted
  SELECT list_id, CASE WHEN author_key = '' THEN lower(sender) ELSE author_key END FROM posting
  WHERE kind = 0 AND state IN (0, 1) AND verdict <> 'divert' AND sender <> '';
CREATE TRIGGER posting_first_released AFTER UPDATE OF state ON posting
  WHEN OLD.state = 3 AND NEW.state IN (0, 1) AND NEW.kind = 0 AND NEW.verdict <> 'divert'
    AND NEW.author_key <> '' BEGIN
  INSERT OR IGNORE INTO posted VALUES (NEW.list_id, NEW.author_key);
END;

-- When moderators were told that it is going to end.
ALTER TABLE posting ADD COLUMN warned INTEGER;
CREATE TABLE held_letter (
  list_id INTEGER PRIMARY KEY,
  told INTEGER NOT NULL                     -- when the last letter about what ends soon was written
) STRICT;
