-- Limits on what is held, counted without reading it; the newest records of the guard's memory, without sorting.
-- Forward only: never edit an applied file.

-- Of what is held: the key of its author's address, so that another spelling is the same person.
ALTER TABLE posting ADD COLUMN author_key TEXT NOT NULL DEFAULT '';
UPDATE posting SET author_key = lower(sender) WHERE state = 3;
CREATE INDEX posting_held_author ON posting (list_id, author_key) WHERE state = 3;
CREATE INDEX posting_awaiting ON posting (author_key) WHERE state = 3 AND verdict = 'confirm';

-- How much is held on a list. Kept by triggers: whichever way a posting comes to be held or ceases to be, the
-- count is right.
CREATE TABLE held_total (
  list_id INTEGER PRIMARY KEY,
  postings INTEGER NOT NULL,
  bytes INTEGER NOT NULL
) STRICT;
INSERT INTO held_total SELECT list_id, count(*), sum(size) FROM posting WHERE state = 3 GROUP BY list_id;
CREATE TRIGGER posting_held_new AFTER INSERT ON posting WHEN NEW.state = 3 BEGIN
  INSERT INTO held_total VALUES (NEW.list_id, 1, NEW.size)
    ON CONFLICT (list_id) DO UPDATE SET postings = postings + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER posting_held_begun AFTER UPDATE OF state ON posting WHEN NEW.state = 3 AND OLD.state <> 3 BEGIN
  INSERT INTO held_total VALUES (NEW.list_id, 1, NEW.size)
    ON CONFLICT (list_id) DO UPDATE SET postings = postings + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER posting_held_ended AFTER UPDATE OF state ON posting WHEN OLD.state = 3 AND NEW.state <> 3 BEGIN
  UPDATE held_total SET postings = postings - 1, bytes = bytes - OLD.size WHERE list_id = OLD.list_id;
END;
CREATE TRIGGER posting_held_gone AFTER DELETE ON posting WHEN OLD.state = 3 BEGIN
  UPDATE held_total SET postings = postings - 1, bytes = bytes - OLD.size WHERE list_id = OLD.list_id;
END;

CREATE INDEX storm_record_newest ON storm_record (kind, written DESC, list_id, number DESC);
