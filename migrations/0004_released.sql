-- When a person or a time let a held posting go: how long its mail takes is counted from here, not from when it
-- came. Forward only: never edit an applied file.
ALTER TABLE posting ADD COLUMN released INTEGER;
