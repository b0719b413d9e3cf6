// member.show, member.resume: what came back from somebody, what follows from it, and the end of that.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <chrono>

#include "admin/answers.h"
#include "admin/request.h"
#include "lists/bounce_score.h"
#include "store/bounces.h"
#include "store/directory.h"
#include "store/hold.h"
#include "store/store.h"

namespace breakwater::admin {
namespace {

using lists::Stage;

constexpr std::size_t kShown = 366;

std::string day_text(Instant at) { return iso_time(at).substr(0, 10); }

std::string points_text(int half_points) {
  return std::to_string(half_points / 2) + (half_points % 2 != 0 ? ".5" : "");
}

std::string_view stage_name(Stage stage) {
  switch (stage) {
    case Stage::quiet: return "quiet";
    case Stage::probe_wanted: return "probe wanted";
    case Stage::probe_sent: return "probe sent";
    case Stage::stopped: return "stopped";
  }
  return "unknown";
}

struct History {
  std::vector<store::MemberBounce> bounces;  // newest first
  store::BounceWatch watch;
  int half_points = 0;
};

Result<History> history_of(store::Connection& db, store::Membership who, const lists::BouncePolicy& policy,
                           Instant now) {
  History history;
  auto bounces = store::member_bounces(db, who, kShown);
  if (!bounces) return bounces.error();
  history.bounces = std::move(*bounces);
  auto watch = store::bounce_watch(db, who);
  if (!watch) return watch.error();
  history.watch = *watch;
  std::vector<lists::BounceDay> days;
  for (const store::MemberBounce& one : history.bounces) days.push_back({one.at, one.kind});
  history.half_points = lists::half_score(days, watch->since, now, policy);
  return history;
}

std::string wish_text(const lists::Delivery& delivery, Instant now) {
  switch (lists::mode_at(delivery, now)) {
    case lists::DeliveryMode::each: return "delivered to";
    case lists::DeliveryMode::digest: return "a member who gets digests";
    case lists::DeliveryMode::none: break;
  }
  if (!delivery.until) return "a member who wants no mail";
  return "a member who wants no mail until " + day_text(*delivery.until);
}

std::string sentence(const std::string& list, const store::Member& member, const History& history,
                     const lists::BouncePolicy& policy, Instant now) {
  const std::string on = member.mailbox + " is on " + list + " since " + day_text(member.since) + ": ";
  if (member.role != lists::Role::member) return on + std::string(role_name(member.role)) + ".";
  const store::BounceWatch& watch = history.watch;
  if (member.stopped) {
    return on + "delivery is stopped since " + iso_time(*member.stopped) +
           ", because mail bounced and so did the probe " + format_id(watch.probe) +
           ". To let mail go again: breakwater member resume " + list + " " + member.mailbox;
  }
  std::string text = on + wish_text(member.delivery, now) + ", score " + points_text(history.half_points) +
                     " of " + std::to_string(policy.threshold);
  if (watch.stage == Stage::probe_wanted) text += ", a probe is about to be sent";
  if (watch.stage == Stage::probe_sent)
    text += ", probe " + format_id(watch.probe) + " was sent; delivery stops if it bounces before " +
            iso_time(watch.due.value_or(Instant{}));
  if (watch.stage == Stage::quiet && watch.since != Instant{})
    text += ", counted anew since " + iso_time(watch.since);
  if (member.synced) text += ", kept in step with the list's sources";
  if (!policy.enabled) text += " (bounces.enabled is false: nobody is stopped)";
  return text + ".";
}

boost::json::object membership(const std::string& list, const store::Member& member, const History& history,
                               const lists::BouncePolicy& policy, Instant now) {
  const store::BounceWatch& watch = history.watch;
  return {{"list", list},
          {"role", role_name(member.role)},
          {"delivery", delivery_text(member.delivery, now)},
          {"since", iso_time(member.since)},
          {"stopped", member.stopped ? iso_time(*member.stopped) : ""},
          {"kept", member.synced ? "synced" : "manual"},
          {"score", history.half_points / 2.0},
          {"threshold", policy.threshold},
          {"stage", stage_name(watch.stage)},
          {"probe", watch.probe ? format_id(watch.probe) : ""},
          {"due", watch.due ? iso_time(*watch.due) : ""}};
}

bool show_bounces(const Question& question, const std::string& list, const History& history) {
  for (const store::MemberBounce& one : history.bounces) {
    const boost::json::object row{{"at", iso_time(one.at)},
                                  {"list", list},
                                  {"bounce", lists::name_of(one.kind)},
                                  {"status", one.status},
                                  {"posting", format_id(one.posting)},
                                  {"text", one.diagnostic}};
    if (!question.row(row)) return false;
  }
  return true;
}

}  // namespace

Answer member_show(const Question& question) {
  const auto address = required_address(question.request, "address");
  if (!address) return address.error();
  const auto config = question.desk.config();
  std::string only;
  if (question.request.contains("list")) {
    const auto list = named_list(*config, question.request);
    if (!list) return list.error();
    only = (*list)->address();
  }
  auto reading = question.desk.store->read();
  store::Connection& db = reading.connection();
  const auto id = store::find_address(db, address->key);
  if (!id) return id.error();
  boost::json::array sentences, memberships;
  if (*id) {
    const auto found = store::memberships(db, **id);
    if (!found) return found.error();
    for (const auto& [list, member] : *found) {
      const auto settings = config->lists.find(list);
      if ((!only.empty() && list != only) || settings == config->lists.end()) continue;
      const auto key = mail::parse_address(list);
      const auto list_id = key ? store::find_list(db, key->key) : std::optional<ListId>();
      if (!list_id) return list_id.error();
      if (!*list_id) continue;
      const lists::BouncePolicy& policy = settings->second.bounces;
      History history;
      if (member.role == lists::Role::member) {
        auto read = history_of(db, {**list_id, **id}, policy, question.desk.now());
        if (!read) return read.error();
        history = std::move(*read);
      }
      if (!show_bounces(question, list, history)) break;
      sentences.emplace_back(sentence(list, member, history, policy, question.desk.now()));
      memberships.emplace_back(membership(list, member, history, policy, question.desk.now()));
    }
  }
  if (sentences.empty()) {
    sentences.emplace_back(address->mailbox + " is on no list" + (only.empty() ? "" : " " + only));
  }
  return boost::json::object{{"address", address->mailbox},
                             {"memberships", std::move(memberships)},
                             {"sentences", std::move(sentences)}};
}

Answer member_resume(const Question& question) {
  const auto config = question.desk.config();
  const auto list = named_list(*config, question.request);
  if (!list) return list.error();
  const auto address = required_address(question.request, "address");
  if (!address) return address.error();
  const Instant now = question.desk.now();
  std::string message;
  const auto done = question.desk.store->write_and_wait([&](store::Connection& db) -> Result<void> {
    const auto row = list_row(db, **list, now);
    if (!row) return row.error();
    const auto id = store::find_address(db, address->key);
    if (!id) return id.error();
    const auto roles = *id ? store::roles_of(db, *row, **id) : std::vector<lists::Role>();
    if (!roles) return roles.error();
    if (roles->empty() || roles->front() != lists::Role::member)
      return error(Fault::not_found, address->mailbox + " is not a member of " + (*list)->address());
    const store::Membership who{*row, **id};
    const auto resumed = store::resume_member(db, who);
    if (!resumed) return resumed.error();
    auto watch = store::bounce_watch(db, who);
    if (!watch) return watch.error();
    watch->stage = lists::next_stage(watch->stage, lists::Sign::resumed);
    watch->since = now;
    watch->due.reset();
    if (const auto put = store::put_bounce_watch(db, who, *watch); !put) return put;
    message = address->mailbox +
              (*resumed ? " gets mail from " : " was not stopped; its score begins anew on ") +
              (*list)->address() + (*resumed ? " again" : "");
    return store::add_audit(
        db, {now, question.actor, "resume", (*list)->address(), PostingId{}, address->mailbox, message});
  });
  if (!done) return done.error();
  return boost::json::object{
      {"list", (*list)->address()}, {"address", address->mailbox}, {"message", message}};
}

}  // namespace breakwater::admin
