-- What each accepted message had to write and nobody reads. Forward only: never edit an applied file.

-- The newest records of the guard's memory are asked for of threads alone; of lists there are few.
DROP INDEX storm_record_newest;
CREATE INDEX storm_record_newest ON storm_record (written DESC, list_id, number DESC) WHERE kind = 1;
