-- With the time of a release: posting 31 was held, and let go.
INSERT INTO posting (id, message, kind, list_id, list_address, sender, reverse_path, envid, message_id, subject, peer,
  verdict, reason, state, received, size, recipients, delivered, deferred, failed, released) VALUES
  (31, 2, 0, 1, 'tech@lists.test', 'ann@calm.test', 'ann@calm.test', '', '<old.31@test>', 'two', 'p', 'released',
   'r', 0, 1789000000000, 60, 3, 0, 0, 0, 1789000002000);
INSERT INTO slice VALUES
  (31, 0, 0, 'calm', 3, 3, 0, 0, 1789000000000, 4102444800000, '', x'00', x'81808080200101');
