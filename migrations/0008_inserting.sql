-- A posting that is held from its beginning is counted by what inserts it (server/store/posting_rows.cpp): the
-- trigger cost each posting that is not held too. Forward only: never edit an applied file.
DROP TRIGGER posting_held_new;
