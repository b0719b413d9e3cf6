#include "store/bounces.h"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "queue/slice.h"
#include "store/directory.h"

namespace breakwater::store {
namespace {

using lists::BounceKind;
using lists::Stage;

constexpr std::int64_t kDaysKept = 366;
constexpr Duration kGather = std::chrono::minutes{10};

std::int64_t day_of(Instant at) {
  return std::chrono::floor<std::chrono::days>(at).time_since_epoch().count();
}

std::int64_t stored(BounceKind kind) { return static_cast<std::int64_t>(kind); }
std::int64_t stored(Stage stage) { return static_cast<std::int64_t>(stage); }

// Its rows in order of the statement: kind, posting, at, status, diagnostic.
Result<std::vector<MemberBounce>> read_member_bounces(Statement find) {
  std::vector<MemberBounce> found;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back({PostingId{find.int64(1)}, from_ms(find.int64(2)), static_cast<BounceKind>(find.int64(0)),
                     std::string(find.text(3)), std::string(find.text(4))});
  }
}

Result<std::optional<Instant>> earliest(Statement find) {
  auto row = find.step();
  if (!row) return row.error();
  if (!*row || find.is_null(0)) return std::optional<Instant>();
  return std::optional(from_ms(find.int64(0)));
}

}  // namespace

Result<bool> note_bounce(Connection& db, Membership who, const MemberBounce& bounce) {
  auto of_day = db.prepare(
      "SELECT kind, posting, at, status, diagnostic FROM member_bounce"
      " WHERE list_id = ?1 AND address_id = ?2 AND day = ?3");
  of_day.bind_all(who.list, who.address, day_of(bounce.at));
  auto known = read_member_bounces(std::move(of_day));
  if (!known) return known.error();
  if (!known->empty() && half_points(known->front().kind) >= half_points(bounce.kind)) return false;
  auto put = db.prepare(
                   "INSERT OR REPLACE INTO member_bounce"
                   " (list_id, address_id, day, kind, posting, at, status, diagnostic)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
                 .bind_all(who.list, who.address, day_of(bounce.at), stored(bounce.kind), bounce.posting,
                           bounce.at, bounce.status, bounce.diagnostic)
                 .run();
  if (!put) return put.error();
  return true;
}

Result<std::int64_t> prune_member_bounces(Connection& db, Instant now, std::size_t limit) {
  auto pruned = db.prepare(
                      "DELETE FROM member_bounce WHERE (list_id, address_id, day) IN"
                      " (SELECT * FROM (SELECT list_id, address_id, day FROM member_bounce WHERE day < ?1"
                      " ORDER BY day LIMIT ?3) UNION ALL SELECT * FROM (SELECT list_id, address_id, day"
                      " FROM member_bounce WHERE day > ?2 ORDER BY day LIMIT ?3) LIMIT ?3)")
                    .bind_all(day_of(now) - kDaysKept, day_of(now) + 1, static_cast<std::int64_t>(limit))
                    .run();
  if (!pruned) return pruned.error();
  return db.changes();
}

Result<std::vector<MemberBounce>> member_bounces(Connection& db, Membership who, std::size_t limit) {
  auto find = db.prepare(
      "SELECT kind, posting, at, status, diagnostic FROM member_bounce"
      " WHERE list_id = ?1 AND address_id = ?2 ORDER BY day DESC LIMIT ?3");
  find.bind_all(who.list, who.address, static_cast<std::int64_t>(limit));
  return read_member_bounces(std::move(find));
}

Result<std::vector<ListId>> with_nested_lists(Connection& db, ListId list) {
  std::vector<ListId> lists{list};
  auto find = db.prepare(
      "SELECT list.id FROM list CROSS JOIN member"
      " ON member.list_id = ?1 AND member.role = 0 AND member.address_id = list.address_id ORDER BY list.id");
  for (std::size_t at = 0; at < lists.size(); ++at) {  // breadth first
    find.reset();
    find.bind(1, lists[at]);
    for (;;) {
      auto row = find.step();
      if (!row) return row.error();
      if (!*row) break;
      const ListId inner{find.int64(0)};
      if (std::find(lists.begin(), lists.end(), inner) == lists.end()) lists.push_back(inner);
    }
  }
  return lists;
}

Result<std::vector<AddressId>> among_recipients(Connection& db, PostingId posting,
                                                std::vector<AddressId> ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  std::vector<AddressId> found;
  if (ids.empty()) return found;
  auto slices = db.prepare("SELECT ids FROM slice WHERE posting = ?1");
  slices.bind(1, posting);
  for (;;) {
    auto row = slices.step();
    if (!row) return row.error();
    if (!*row) break;
    auto recipients = queue::unpack_ids(slices.blob(0));
    if (!recipients) return recipients.error();
    std::set_intersection(ids.begin(), ids.end(), recipients->begin(), recipients->end(),
                          std::back_inserter(found));
  }
  std::sort(found.begin(), found.end());  // a slice that was re-routed has its recipients twice
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

Result<BounceWatch> bounce_watch(Connection& db, Membership who) {
  auto find =
      db.prepare("SELECT stage, since, probe, due FROM bounce_watch WHERE list_id = ?1 AND address_id = ?2");
  find.bind_all(who.list, who.address);
  auto row = find.step();
  if (!row) return row.error();
  BounceWatch watch;
  if (!*row) return watch;
  watch.stage = static_cast<Stage>(find.int64(0));
  watch.since = from_ms(find.int64(1));
  watch.probe = PostingId{find.int64(2)};
  if (!find.is_null(3)) watch.due = from_ms(find.int64(3));
  return watch;
}

Result<void> put_bounce_watch(Connection& db, Membership who, const BounceWatch& watch) {
  auto put = db.prepare(
      "INSERT OR REPLACE INTO bounce_watch (list_id, address_id, stage, since, probe, due)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
  put.bind_all(who.list, who.address, stored(watch.stage), watch.since, watch.probe);
  if (watch.due) put.bind(6, *watch.due);
  return put.run();
}

Result<void> put_off_bounce_watch(Connection& db, Membership who, Instant until) {
  return db.prepare("UPDATE bounce_watch SET due = ?3 WHERE list_id = ?1 AND address_id = ?2")
      .bind_all(who.list, who.address, until)
      .run();
}

Result<std::vector<Membership>> due_bounce_watches(Connection& db, Instant now, std::size_t limit) {
  auto find =
      db.prepare("SELECT list_id, address_id FROM bounce_watch WHERE due <= ?1 ORDER BY due LIMIT ?2");
  find.bind_all(now, static_cast<std::int64_t>(limit));
  std::vector<Membership> due;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return due;
    due.push_back({ListId{find.int64(0)}, AddressId{find.int64(1)}});
  }
}

Result<bool> stop_member(Connection& db, Membership who, Instant now) {
  db.note_member_change();
  auto stopped = db.prepare(
                       "UPDATE member SET stopped = ?3"
                       " WHERE list_id = ?1 AND role = 0 AND address_id = ?2 AND stopped IS NULL")
                     .bind_all(who.list, who.address, now)
                     .run();
  if (!stopped) return stopped.error();
  return db.changes() > 0;
}

Result<bool> resume_member(Connection& db, Membership who) {
  db.note_member_change();
  auto resumed = db.prepare(
                       "UPDATE member SET stopped = NULL"
                       " WHERE list_id = ?1 AND role = 0 AND address_id = ?2 AND stopped IS NOT NULL")
                     .bind_all(who.list, who.address)
                     .run();
  if (!resumed) return resumed.error();
  return db.changes() > 0;
}

Result<void> forget_bounces(Connection& db, Membership who) {
  for (const std::string_view sql : {"DELETE FROM member_bounce WHERE list_id = ?1 AND address_id = ?2",
                                     "DELETE FROM bounce_watch WHERE list_id = ?1 AND address_id = ?2",
                                     "DELETE FROM bounce_news WHERE list_id = ?1 AND address_id = ?2"}) {
    if (auto gone = db.prepare(sql).bind_all(who.list, who.address).run(); !gone) return gone;
  }
  return {};
}

Result<std::int64_t> count_bounced(Connection& db, PostingId posting) {
  auto counted = db.prepare(
                       "INSERT INTO posting_bounces (posting, members) VALUES (?1, 1)"
                       " ON CONFLICT DO UPDATE SET members = members + 1")
                     .bind_all(posting)
                     .run();
  if (!counted) return counted.error();
  auto find = db.prepare("SELECT members FROM posting_bounces WHERE posting = ?1");
  find.bind(1, posting);
  auto row = find.step();
  if (!row) return row.error();
  return find.int64(0);
}

Result<bool> is_spiked(Connection& db, PostingId posting) {
  auto find = db.prepare("SELECT 1 FROM posting_bounces WHERE posting = ?1 AND frozen IS NOT NULL");
  find.bind(1, posting);
  return find.step();
}

Result<void> freeze_bounces(Connection& db, PostingId posting, Instant now) {
  auto frozen = db.prepare("UPDATE posting_bounces SET frozen = ?2 WHERE posting = ?1 AND frozen IS NULL")
                    .bind_all(posting, now)
                    .run();
  if (!frozen) return frozen;
  return db.prepare("UPDATE member_bounce SET kind = ?2 WHERE posting = ?1 AND kind > ?2")
      .bind_all(posting, stored(BounceKind::spike))
      .run();
}

Result<void> add_bounce_news(Connection& db, ListId list, AddressId stopped, PostingId spiked, Instant now) {
  auto added = db.prepare(
                     "INSERT INTO bounce_news (list_id, address_id, posting) VALUES (?1, ?2, ?3)"
                     " ON CONFLICT DO NOTHING")
                   .bind_all(list, stopped, spiked)
                   .run();
  if (!added) return added;
  return db
      .prepare(
          "INSERT INTO bounce_letter (list_id, told, due) VALUES (?1, 0, ?2)"
          " ON CONFLICT DO UPDATE SET due = coalesce(due, max(?2, told + ?3))")
      .bind_all(list, now + kGather, std::int64_t{kBetweenLetters.count()})
      .run();
}

Result<BounceNews> bounce_news(Connection& db, ListId list, std::size_t limit) {
  BounceNews news;
  auto stopped = db.prepare(
      "SELECT mailbox, member.stopped, coalesce(status, ''), coalesce(diagnostic, '') FROM bounce_news"
      " JOIN member ON member.list_id = bounce_news.list_id AND role = 0"
      " AND member.address_id = bounce_news.address_id AND member.stopped IS NOT NULL"
      " JOIN address ON address.id = member.address_id"
      " LEFT JOIN member_bounce AS last ON last.list_id = member.list_id"
      " AND last.address_id = member.address_id AND last.day = (SELECT max(day) FROM member_bounce"
      " WHERE list_id = member.list_id AND address_id = member.address_id)"
      " WHERE bounce_news.list_id = ?1 AND bounce_news.address_id <> 0 ORDER BY bounce_news.address_id");
  stopped.bind(1, list);
  for (;;) {
    auto row = stopped.step();
    if (!row) return row.error();
    if (!*row) break;
    if (++news.all_stopped > static_cast<std::int64_t>(limit)) continue;
    news.stopped.push_back({std::string(stopped.text(0)), from_ms(stopped.int64(1)),
                            std::string(stopped.text(2)), std::string(stopped.text(3))});
  }
  auto spiked = db.prepare(
      "SELECT posting.id, subject, members, recipients FROM bounce_news"
      " JOIN posting ON posting.id = bounce_news.posting"
      " JOIN posting_bounces ON posting_bounces.posting = posting.id"
      " WHERE bounce_news.list_id = ?1 AND address_id = 0 ORDER BY posting.id DESC LIMIT ?2");
  spiked.bind_all(list, static_cast<std::int64_t>(limit));
  for (;;) {
    auto row = spiked.step();
    if (!row) return row.error();
    if (!*row) return news;
    news.spiked.push_back(
        {PostingId{spiked.int64(0)}, std::string(spiked.text(1)), spiked.int64(2), spiked.int64(3)});
  }
}

Result<std::optional<ListId>> due_bounce_letter(Connection& db, Instant now) {
  auto find = db.prepare("SELECT list_id FROM bounce_letter WHERE due <= ?1 ORDER BY due LIMIT 1");
  find.bind(1, now);
  auto row = find.step();
  if (!row) return row.error();
  if (!*row) return std::optional<ListId>();
  return std::optional(ListId{find.int64(0)});
}

Result<void> put_off_bounce_letter(Connection& db, ListId list, Instant until) {
  return db.prepare("UPDATE bounce_letter SET due = ?2 WHERE list_id = ?1").bind_all(list, until).run();
}

Result<void> bounce_letter_done(Connection& db, ListId list, Instant now) {
  auto told = db.prepare("DELETE FROM bounce_news WHERE list_id = ?1").bind_all(list).run();
  if (!told) return told;
  return db.prepare("UPDATE bounce_letter SET told = ?2, due = NULL WHERE list_id = ?1")
      .bind_all(list, now)
      .run();
}

Result<std::optional<Instant>> next_bounce_due(Connection& db) {
  auto watch = earliest(db.prepare("SELECT min(due) FROM bounce_watch WHERE due IS NOT NULL"));
  if (!watch) return watch;
  auto letter = earliest(db.prepare("SELECT min(due) FROM bounce_letter WHERE due IS NOT NULL"));
  if (!letter) return letter;
  if (!*watch || (*letter && **letter < **watch)) return letter;
  return watch;
}

}  // namespace breakwater::store
