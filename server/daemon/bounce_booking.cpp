#include "daemon/bounce_booking.h"

#include <chrono>
#include <optional>
#include <utility>

#include "lists/bounce_score.h"
#include "log/log.h"
#include "mail/utf8.h"
#include "store/bounces.h"
#include "store/directory.h"
#include "store/spool.h"
#include "store/whole.h"

namespace breakwater::daemon {
namespace {

using lists::BounceKind;
using lists::Sign;
using lists::Stage;

constexpr std::size_t kMaxDiagnostic = 500;  // bytes kept of what a server said
constexpr std::size_t kDaysRead = 366;

class Booking {
 public:
  Booking(store::Connection& db, const Running& running, store::Posting posting, Instant now)
      : db_(db), running_(running), posting_(std::move(posting)), now_(now) {}

  const store::Posting& posting() const { return posting_; }
  Result<void> book_on_members(const store::Bounce& bounce, Witness witness);
  Result<void> book_probe(const store::Bounce& bounce);

 private:
  const lists::BouncePolicy* policy_of(ListId list) const {
    const auto found = running_.lists_by_id.find(list);
    return found == running_.lists_by_id.end() ? nullptr : &found->second->bounces;
  }
  Result<bool> is_member(store::Membership who);
  Result<bool> book_on(store::Membership who, const store::MemberBounce& bounce);
  Result<void> look_for_spike();

  store::Connection& db_;
  const Running& running_;
  const store::Posting posting_;
  const Instant now_;
  std::vector<ListId> lists_;  // that the posting went to, once they were asked for
};

std::vector<lists::BounceDay> days_of(const std::vector<store::MemberBounce>& bounces) {
  std::vector<lists::BounceDay> days;
  days.reserve(bounces.size());
  for (const store::MemberBounce& one : bounces) days.push_back({one.at, one.kind});
  return days;
}

store::MemberBounce day_of(const store::Bounce& bounce) {
  return {bounce.posting, bounce.at, lists::kind_of_bounce(bounce.status, bounce.diagnostic), bounce.status,
          bounce.diagnostic};
}

Result<bool> Booking::is_member(store::Membership who) {
  auto roles = store::roles_of(db_, who.list, who.address);
  if (!roles) return roles.error();
  return !roles->empty() && roles->front() == lists::Role::member;
}

// True: it counts, and on the days before nothing had.
Result<bool> Booking::book_on(store::Membership who, const store::MemberBounce& bounce) {
  const lists::BouncePolicy* policy = policy_of(who.list);
  if (policy == nullptr || !policy->enabled) return false;
  auto watch = store::bounce_watch(db_, who);
  if (!watch) return watch.error();
  auto before = store::member_bounces(db_, who, kDaysRead);
  if (!before) return before.error();
  auto noted = store::note_bounce(db_, who, bounce);
  if (!noted) return noted.error();
  if (half_points(bounce.kind) == 0) return false;
  auto after = store::member_bounces(db_, who, kDaysRead);
  if (!after) return after.error();
  const int score = lists::half_score(days_of(*after), watch->since, now_, *policy);
  if (watch->stage == Stage::quiet && lists::reaches_threshold(score, *policy)) {
    watch->stage = lists::next_stage(watch->stage, Sign::score_reached);
    watch->due = now_;
    if (auto put = store::put_bounce_watch(db_, who, *watch); !put) return put.error();
  }
  using std::chrono::days, std::chrono::floor;
  std::erase_if(*before, [&](const auto& one) { return floor<days>(one.at) >= floor<days>(bounce.at); });
  return lists::half_score(days_of(*before), Instant{}, bounce.at, *policy) == 0;
}

Result<void> Booking::look_for_spike() {
  const lists::BouncePolicy* policy = policy_of(posting_.list);
  if (policy == nullptr || !policy->enabled) return {};
  auto members = store::count_bounced(db_, posting_.id);
  if (!members) return members.error();
  if (!lists::is_spike(*members, posting_.recipients, *policy)) return {};
  if (auto frozen = store::freeze_bounces(db_, posting_.id, now_); !frozen) return frozen;
  return store::add_bounce_news(db_, posting_.list, AddressId{}, posting_.id, now_);
}

Result<void> Booking::book_on_members(const store::Bounce& bounce, Witness witness) {
  if (lists_.empty()) {  // not for each of a thousand bounces: it asks every list there is
    auto lists = store::with_nested_lists(db_, posting_.list);
    if (!lists) return lists.error();
    lists_ = std::move(*lists);
  }
  store::MemberBounce day = day_of(bounce);
  if (half_points(day.kind) > 0) {
    auto spiked = store::is_spiked(db_, posting_.id);
    if (!spiked) return spiked.error();
    if (*spiked) day.kind = BounceKind::spike;
  }
  bool is_news = false;
  for (const ListId list : lists_) {
    const store::Membership who{list, bounce.address};
    auto member = is_member(who);
    if (!member) return member.error();
    if (!*member) continue;
    auto booked = book_on(who, day);
    if (!booked) return booked.error();
    is_news |= *booked;
  }
  // One forged letter can name a thousand members; it freezes nothing and alarms nobody.
  return is_news && witness != Witness::plain_path ? look_for_spike() : Result<void>();
}

// The probe was written to one member alone: what comes back of it, or is said to it, is about that member.
Result<void> Booking::book_probe(const store::Bounce& bounce) {
  const store::Membership who{posting_.list, bounce.address};
  const lists::BouncePolicy* policy = policy_of(who.list);
  if (policy == nullptr || !policy->enabled) return {};
  const store::MemberBounce day = day_of(bounce);
  if (auto noted = store::note_bounce(db_, who, day); !noted) return noted.error();
  auto watch = store::bounce_watch(db_, who);
  if (!watch) return watch.error();
  const Stage before = watch->stage;
  if (day.kind != BounceKind::hard || watch->probe != posting_.id) return {};
  watch->stage = lists::next_stage(before, Sign::probe_bounced);
  if (watch->stage == before) return {};
  watch->due.reset();
  if (auto put = store::put_bounce_watch(db_, who, *watch); !put) return put;
  auto stopped = store::stop_member(db_, who, now_);
  if (!stopped) return stopped.error();
  return *stopped ? store::add_bounce_news(db_, who.list, who.address, PostingId{}, now_) : Result<void>();
}

}  // namespace

Result<void> book_bounces(store::Connection& db, const Running& running,
                          const std::vector<store::Bounce>& bounces, Witness witness, Instant now) {
  std::optional<Booking> booking;  // those of one posting come one after the other
  for (const store::Bounce& reported : bounces) {
    if (!booking || booking->posting().id != reported.posting) {
      auto found = store::posting(db, reported.posting);
      if (!found) return found.error();
      if (!*found) continue;  // pruned meanwhile
      booking.emplace(db, running, std::move(**found), now);
    }
    const store::PostingKind kind = booking->posting().kind;
    if (kind == store::PostingKind::probe && witness == Witness::plain_path) continue;
    store::Bounce bounce = reported;
    bounce.diagnostic = mail::printable(bounce.diagnostic, kMaxDiagnostic);
    auto is_new = store::add_bounce(db, bounce);
    if (!is_new) return is_new.error();
    if (!*is_new) continue;
    const auto booked = store::whole(db, [&]() -> Result<void> {
      if (kind == store::PostingKind::probe) return booking->book_probe(bounce);
      if (kind == store::PostingKind::list || kind == store::PostingKind::digest)
        return booking->book_on_members(bounce, witness);
      return {};
    });
    if (booked) continue;
    if (!store::is_of_one(booked.error())) return booked;
    // What the next server said of the others, and that it was said, must be written all the same: what
    // cannot be is sent again.
    log::event(
        log::Level::error, "bounce_not_booked",
        {{"posting", format_id(bounce.posting)},
         {"list", booking->posting().list_address},
         {"address_id", bounce.address.value},
         {"reason", booked.error().what},
         {"advice", "it is recorded, but counts against nobody; `breakwater posting trace` names who"}});
  }
  return {};
}

}  // namespace breakwater::daemon
