-- A source that fails now and then is not told of each time (docs/sources.md). Forward only: never edit an applied file.

ALTER TABLE last_sync ADD COLUMN failure_told INTEGER;  -- when owners were last told that it fails
UPDATE last_sync SET failure_told = failing;
