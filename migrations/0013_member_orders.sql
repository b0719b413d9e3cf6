-- What owners and moderators order by mail about others' addresses, until they confirm it by the token that was sent
-- to them (docs/lists.md). Forward only: never edit an applied file.

CREATE TABLE member_order (
  digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
  list_id INTEGER NOT NULL,
  person TEXT NOT NULL,                     -- key of who was sent the token
  orders TEXT NOT NULL,                     -- one a line, as server/lists/command_mail.h reads them
  expires INTEGER NOT NULL,
  used INTEGER NOT NULL CHECK (used BETWEEN 0 AND 1)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_order_by_expiry ON member_order (expires);
