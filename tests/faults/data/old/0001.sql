-- Rows as the first release wrote them: posting 1 is delivered, 2 is queued for three, 3 was dropped.
INSERT INTO domain VALUES (1, 'lists.test', 3), (2, 'calm.test', 5);
INSERT INTO address VALUES (4294967297, 'tech@lists.test', 'tech@lists.test'),
  (4294967298, 'quiet@lists.test', 'quiet@lists.test'), (8589934593, 'm1@calm.test', 'm1@calm.test'),
  (8589934594, 'm2@calm.test', 'm2@calm.test'), (8589934595, 'm3@calm.test', 'm3@calm.test'),
  (8589934596, 'ann@calm.test', 'ann@calm.test');
INSERT INTO list VALUES (1, 4294967297, 1789000000000), (2, 4294967298, 1789000000000);
INSERT INTO member VALUES (1, 0, 8589934593, 0, '', 0), (1, 0, 8589934594, 0, '', 0),
  (1, 0, 8589934595, 0, '', 0), (2, 0, 8589934593, 0, '', 0), (2, 0, 8589934594, 0, '', 0),
  (2, 0, 8589934595, 0, '', 0);
INSERT INTO message VALUES
  (1, 1789000000000, CAST('From: ann@calm.test' || char(13, 10) || 'Message-ID: <old.1@test>' ||
                          char(13, 10, 13, 10) || 'one' || char(13, 10) AS BLOB)),
  (2, 1789000000000, CAST('From: ann@calm.test' || char(13, 10) || 'Message-ID: <old.2@test>' ||
                          char(13, 10, 13, 10) || 'two' || char(13, 10) AS BLOB));
INSERT INTO posting VALUES
  (1, 1, 0, 1, 'tech@lists.test', 'ann@calm.test', 'ann@calm.test', '', '<old.1@test>', 'one', 'p', 'distribute',
   '', 1, 1789000000000, 60, 3, 3, 0, 0, 1789000001000),
  (2, 2, 0, 1, 'tech@lists.test', 'ann@calm.test', 'ann@calm.test', '', '<old.2@test>', 'two', 'p', 'distribute',
   '', 0, 1789000000000, 60, 3, 0, 0, 0, NULL),
  (3, 2, 0, 1, 'tech@lists.test', 'ann@calm.test', 'ann@calm.test', '', '<old.3@test>', 'two', 'p', 'distribute',
   '', 2, 1789000000000, 60, 3, 0, 0, 0, 1789000002000);
INSERT INTO slice VALUES
  (1, 0, 1, 'calm', 3, 0, 0, 1, 1789000000000, 4102444800000, '', x'07', x'81808080200101'),
  (2, 0, 0, 'calm', 3, 3, 0, 0, 1789000000000, 4102444800000, '', x'00', x'81808080200101'),
  (3, 0, 2, 'calm', 3, 3, 0, 0, 1789000000000, 4102444800000, '', x'00', x'81808080200101');
INSERT INTO secret VALUES ('bounce', x'00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff');
