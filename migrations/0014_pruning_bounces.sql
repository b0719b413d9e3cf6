-- Days with a bounce, over all memberships, by age: who never bounces again keeps no year-old row
-- (docs/bounces.md). Forward only: never edit an applied file.
CREATE INDEX member_bounce_by_day ON member_bounce (day);
