#include "store/clock_set.h"

#include <utility>

#include "store/bounces.h"
#include "store/digests.h"

namespace breakwater::store {

Result<void> move_deadlines(Connection& db, Duration by) {
  // State by state: each has an index of its own, and what is finished is not walked through.
  auto open = db.prepare("UPDATE slice SET expires = expires + ?1, due = due + min(?1, 0) WHERE state = 0");
  if (auto moved = open.bind_all(by.count()).run(); !moved) return moved;
  auto held = db.prepare("UPDATE slice SET expires = expires + ?1, due = due + min(?1, 0) WHERE state = 4");
  if (auto moved = held.bind_all(by.count()).run(); !moved) return moved;
  auto waiting = db.prepare("UPDATE posting SET until = until + ?1 WHERE state = 3 AND until IS NOT NULL");
  if (auto moved = waiting.bind_all(by.count()).run(); !moved) return moved;
  for (const char* sql :
       {"UPDATE bounce_watch SET due = due + ?1, since = since + min(?1, 0)",
        "UPDATE bounce_letter SET due = due + ?1, told = told + min(?1, 0)",
        "UPDATE held_letter SET told = told + min(?1, 0)",
        "UPDATE posting SET warned = warned + min(?1, 0) WHERE state = 3 AND warned NOT NULL",
        "UPDATE token SET expires = expires + ?1",
        "UPDATE subscription SET due = due + ?1, since = since + min(?1, 0)",
        "UPDATE subscription_token SET expires = expires + ?1",
        "UPDATE member_order SET expires = expires + ?1", "UPDATE sync_offer SET expires = expires + ?1",
        "UPDATE digest_waiting SET since = since + min(?1, 0)",
        "UPDATE digest_put_off SET until = until + min(?1, 0)"}) {
    if (auto moved = db.prepare(sql).bind_all(by.count()).run(); !moved) return moved;
  }
  if (by >= Duration{0}) return {};
  // Requests that lie ahead would be counted until then.
  return db.prepare("DELETE FROM request_tally").run();
}

Result<std::int64_t> bound_waits(Connection& db, Instant now, const LongestWaits& longest) {
  auto late = db.prepare("UPDATE slice SET due = ?1 WHERE state = 0 AND due > ?2");
  if (auto done = late.bind_all(now, now + longest.retry).run(); !done) return done.error();
  const std::int64_t made_due = db.changes();
  const std::pair<const char*, Instant> bounds[] = {
      {"UPDATE slice SET expires = ?1 WHERE state = 0 AND expires > ?1", now + longest.give_up},
      {"UPDATE slice SET expires = ?1 WHERE state = 4 AND expires > ?1", now + longest.give_up},
      {"UPDATE posting SET until = ?1 WHERE state = 3 AND until > ?1", now + longest.held},
      {"UPDATE posting SET received = ?1 WHERE state = 3 AND received > ?1", now},
      {"UPDATE posting SET warned = ?1 WHERE state = 3 AND warned > ?1", now},
      {"UPDATE posting SET finished = ?1 WHERE state <> 0 AND finished > ?1", now},
      {"UPDATE held_letter SET told = ?1 WHERE told > ?1", now},
      {"UPDATE token SET expires = ?1 WHERE expires > ?1", now + longest.token},
      {"UPDATE subscription_token SET expires = ?1 WHERE expires > ?1", now + longest.token},
      {"UPDATE member_order SET expires = ?1 WHERE expires > ?1", now + longest.token},
      {"UPDATE sync_offer SET expires = ?1 WHERE expires > ?1", now + longest.token},
      {"UPDATE subscription SET due = ?1 WHERE due > ?1", now + longest.request},
      {"DELETE FROM request_tally WHERE until > ?1", now + longest.request},
      {"UPDATE digest_waiting SET since = ?1 WHERE since > ?1", now},
      {"UPDATE digest_put_off SET until = ?1 WHERE until > ?1", now + kDigestAgain},
      {"UPDATE bounce_watch SET since = ?1 WHERE since > ?1", now},
      {"UPDATE bounce_watch SET due = ?1 WHERE due > ?1", now + longest.probe},
      {"UPDATE bounce_letter SET told = ?1 WHERE told > ?1", now},
      {"UPDATE bounce_letter SET due = ?1 WHERE due > ?1", now + kBetweenLetters},
  };
  for (const auto& [sql, bound] : bounds) {
    if (auto done = db.prepare(sql).bind_all(bound).run(); !done) return done.error();
  }
  return made_due;
}

}  // namespace breakwater::store
