-- With syncs, digests, pauses and orders by mail: s1 is synced and wants digests, s2 paused until a day that has come,
-- and then wants them as one text; posting 1 waits for the digest; a sync was broken off, and its plan is gone; ann has
-- been asked whether she wants o1 added, by the token abcdefghijklmnopqrstuvwxyz.
UPDATE domain SET next_serial = 9 WHERE id = 2;
INSERT INTO address VALUES (8589934599, 's1@calm.test', 's1@calm.test'), (8589934600, 's2@calm.test', 's2@calm.test');
INSERT INTO member (list_id, role, address_id, mode, name, since, synced, digest, form, until, after) VALUES
  (1, 0, 8589934599, 1, '', 0, 1, 1, 0, NULL, 0), (1, 0, 8589934600, 1, '', 0, 1, 0, 1, 1789000004000, 2);
INSERT INTO digest_waiting VALUES (1, 1, 1, 60, 1789000000000);
INSERT INTO sync_left VALUES (1, 'left@calm.test');
INSERT INTO last_sync VALUES (1, 1789000000000, 4, '', 3, 3, 0, 0, 0, 0, 1788900000000, NULL, '', NULL);
INSERT INTO sync_run VALUES (1, 'gone', 1789000000000, 'uid 0', 'a new term', 1, 's1@calm.test', 2, 0);
INSERT INTO member_order VALUES (x'71c480df93d6ae2f1efad1447c66c9525e316218cf51fc8d9ed832f2daf18b73',
  1, 'ann@calm.test', 'add o1@calm.test' || char(10), 4102444800000, 0);
