-- Joining and leaving: what is pending, its tokens, who is banned, and how often somebody was written to or asked
-- (docs/lists.md). Forward only: never edit an applied file.

-- Rows only for what waits for somebody; who is a member says the member table. Past `due` a row means nothing.
CREATE TABLE subscription (
  list_id INTEGER NOT NULL,
  address_id INTEGER NOT NULL REFERENCES address (id),
  state INTEGER NOT NULL CHECK (state IN (1, 2, 3, 5)),  -- confirming, approving, invited, leaving
  since INTEGER NOT NULL,
  due INTEGER NOT NULL,                     -- it has waited for as long as it may
  PRIMARY KEY (list_id, address_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX subscription_by_due ON subscription (due);

-- Used and expired ones stay for a while, so that their readers can be told.
CREATE TABLE subscription_token (
  digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
  list_id INTEGER NOT NULL,
  address_id INTEGER NOT NULL,              -- whose subscription it is about
  action INTEGER NOT NULL CHECK (action BETWEEN 0 AND 4),  -- join, leave, invitation, approve, reject
  moderator TEXT NOT NULL,                  -- key of who was sent it; empty: the address itself
  expires INTEGER NOT NULL,
  used INTEGER NOT NULL CHECK (used BETWEEN 0 AND 1)
) STRICT, WITHOUT ROWID;
CREATE INDEX subscription_token_by_expiry ON subscription_token (expires);
CREATE INDEX subscription_token_by_subscription ON subscription_token (list_id, address_id);

CREATE TABLE ban (
  list_id INTEGER NOT NULL,
  key TEXT NOT NULL,                        -- "ann@example.org", "@example.org", "@.example.org"
  since INTEGER NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (list_id, key)
) STRICT, WITHOUT ROWID;

-- Of letters to an address, of requests of a source, of announcements to a list's moderators.
CREATE TABLE request_tally (
  key TEXT PRIMARY KEY,
  times TEXT NOT NULL,                      -- lists/request_caps.h
  until INTEGER NOT NULL                    -- then nothing of it counts
) STRICT, WITHOUT ROWID;
CREATE INDEX request_tally_by_until ON request_tally (until);
