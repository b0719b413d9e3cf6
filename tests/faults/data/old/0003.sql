-- With delivery reports: a report was asked for about posting 2.
INSERT INTO dsn_request VALUES (2, 'rfc822;tech@lists.test', 1);
