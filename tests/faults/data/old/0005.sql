-- With counts of what is held, by triggers, and its authors: posting 41 is held.
INSERT INTO posting (id, message, kind, list_id, list_address, sender, reverse_path, envid, message_id, subject, peer,
  verdict, reason, state, received, size, recipients, delivered, deferred, failed, author_key) VALUES
  (41, 2, 0, 1, 'tech@lists.test', 'ann@calm.test', 'ann@calm.test', '', '<old.41@test>', 'two', 'p', 'hold', 'r',
   3, 1789000000000, 60, 3, 0, 0, 0, 'ann@calm.test');
