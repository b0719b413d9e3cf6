#include "store/clock_set.h"

namespace breakwater::store {

Result<void> move_deadlines(Connection& db, Duration by) {
  // State by state: each has an index of its own, and what is finished is not walked through.
  auto open = db.prepare("UPDATE slice SET expires = expires + ?1, due = due + min(?1, 0) WHERE state = 0");
  if (auto moved = open.bind_all(by.count()).run(); !moved) return moved;
  auto held = db.prepare("UPDATE slice SET expires = expires + ?1, due = due + min(?1, 0) WHERE state = 4");
  if (auto moved = held.bind_all(by.count()).run(); !moved) return moved;
  auto waiting = db.prepare("UPDATE posting SET until = until + ?1 WHERE state = 3 AND until IS NOT NULL");
  if (auto moved = waiting.bind_all(by.count()).run(); !moved) return moved;
  for (const char* sql : {"UPDATE bounce_watch SET due = due + ?1, since = since + min(?1, 0)",
                          "UPDATE bounce_letter SET due = due + ?1, told = told + min(?1, 0)",
                          "UPDATE token SET expires = expires + ?1"}) {
    if (auto moved = db.prepare(sql).bind_all(by.count()).run(); !moved) return moved;
  }
  return {};
}

Result<std::int64_t> bound_waits(Connection& db, Instant now, Duration longest) {
  auto late = db.prepare("UPDATE slice SET due = ?1 WHERE state = 0 AND due > ?2");
  if (auto done = late.bind_all(now, now + longest).run(); !done) return done.error();
  return db.changes();
}

}  // namespace breakwater::store
