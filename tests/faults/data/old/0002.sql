-- With the storm guard: postings 11 and 12 are held, with a frozen audience and without, and 13 goes to a list that
-- is frozen.
INSERT INTO posting (id, message, kind, list_id, list_address, sender, reverse_path, envid, message_id, subject, peer,
  verdict, reason, state, received, size, recipients, delivered, deferred, failed, thread) VALUES
  (11, 2, 0, 1, 'tech@lists.test', 'ann@calm.test', 'ann@calm.test', '', '<old.11@test>', 'two', 'p', 'hold', 'r',
   3, 1789000000000, 60, 3, 0, 0, 0, 'abcdef0123456789'),
  (12, 2, 0, 1, 'tech@lists.test', 'ann@calm.test', 'ann@calm.test', '', '<old.12@test>', 'two', 'p', 'hold', 'r',
   3, 1789000000000, 60, 3, 0, 0, 0, 'abcdef0123456789'),
  (13, 2, 0, 2, 'quiet@lists.test', 'ann@calm.test', 'ann@calm.test', '', '<old.13@test>', 'two', 'p',
   'distribute', '', 0, 1789000000000, 60, 3, 0, 0, 0, '');
INSERT INTO slice VALUES
  (11, 0, 4, 'calm', 3, 3, 0, 0, 1789000000000, 4102444800000, '', x'00', x'81808080200101'),
  (13, 0, 0, 'calm', 3, 3, 0, 0, 1789000000000, 4102444800000, '', x'00', x'81808080200101');
INSERT INTO approval VALUES (11, 'm1@calm.test', 1789000000000);
INSERT INTO token VALUES (zeroblob(32), 'ann@calm.test', 11, 1, '', 0, 4102444800000, NULL);
INSERT INTO freeze VALUES (2, 1789000000000, 'uid 0', 'a storm');
INSERT INTO audit VALUES (1, 1789000000000, 'uid 0', 'freeze', 'quiet@lists.test', 0, 'a storm', '');
