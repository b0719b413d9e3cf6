-- What the sender of mail for people (a list's owners, the postmaster) asked for by RFC 3461, kept as long as
-- the posting. Rows only where something was asked for. Forward only: never edit an applied file.
CREATE TABLE dsn_request (
  posting INTEGER PRIMARY KEY REFERENCES posting (id) ON DELETE CASCADE,
  orcpt TEXT NOT NULL,                      -- as the client gave it, or empty
  whole INTEGER NOT NULL CHECK (whole BETWEEN 0 AND 1)   -- RET=FULL
) STRICT;
