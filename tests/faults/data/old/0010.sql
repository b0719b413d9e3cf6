-- With bounces, subscriptions and moderation: posting 101 is held, and its moderators were told that it ends soon; on
-- the list quiet everything waits; c1 waits to be let in, d1 is banned, m2 bounced.
UPDATE domain SET next_serial = 7 WHERE id = 2;
INSERT INTO address VALUES (8589934597, 'c1@calm.test', 'c1@calm.test');
INSERT INTO posting (id, message, kind, list_id, list_address, sender, reverse_path, envid, message_id, subject, peer,
  verdict, reason, state, received, size, recipients, delivered, deferred, failed, author_key, warned) VALUES
  (101, 2, 0, 1, 'tech@lists.test', 'ann@calm.test', 'ann@calm.test', '', '<old.101@test>', 'two', 'p', 'hold', 'r',
   3, 1789000000000, 60, 3, 0, 0, 0, 'ann@calm.test', 1789000003000);
INSERT INTO held_letter VALUES (1, 1789000003000);
INSERT INTO hold_all VALUES (2, 1789000000000, 'uid 0', 'a quarrel');
UPDATE member SET moderated = 1 WHERE list_id = 1 AND address_id = 8589934594;
INSERT INTO subscription VALUES (1, 8589934597, 2, 1789000000000, 4102444800000);
INSERT INTO subscription_token VALUES (zeroblob(32), 1, 8589934597, 3, 'ann@calm.test', 4102444800000, 0);
INSERT INTO ban VALUES (1, 'd1@calm.test', 1789000000000, 'uid 0', 'abuse');
INSERT INTO request_tally VALUES ('letters:c1@calm.test', '1789000000000', 4102444800000);
INSERT INTO member_bounce VALUES (1, 8589934594, 20706, 3, 1, 1789000000000, '5.1.1', 'no such user');
INSERT INTO posting_bounces VALUES (1, 1, NULL);
