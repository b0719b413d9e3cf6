// member.requests: who waits to be on a list or off it, and who may not ask.
#include <boost/json/object.hpp>

#include "admin/answers.h"
#include "admin/request.h"
#include "store/directory.h"
#include "store/store.h"
#include "store/subscriptions.h"

namespace breakwater::admin {
namespace {

constexpr std::size_t kMost = 10'000;  // of each sort

std::string_view name_of(lists::Subscription state) {
  switch (state) {
    case lists::Subscription::confirming: return "to confirm";
    case lists::Subscription::approving: return "to approve";
    case lists::Subscription::invited: return "invited";
    case lists::Subscription::leaving: return "to confirm leaving";
    case lists::Subscription::absent:
    case lists::Subscription::member: break;
  }
  return "";
}

}  // namespace

Answer member_requests(const Question& question) {
  const auto config = question.desk.config();
  const auto list = named_list(*config, question.request);
  if (!list) return list.error();
  const auto key = mail::parse_address((*list)->address());
  if (!key) return key.error();
  auto reading = question.desk.store->read();
  store::Connection& db = reading.connection();
  const auto row = store::find_list(db, key->key);
  if (!row) return row.error();
  std::uint64_t waiting = 0, banned = 0;
  if (*row) {
    const auto pending = store::pending_subscriptions(db, **row, question.desk.now(), kMost);
    if (!pending) return pending.error();
    for (const store::PendingSubscription& one : *pending) {
      ++waiting;
      if (!question.row({{"address", one.mailbox},
                         {"state", name_of(one.state)},
                         {"since", iso_time(one.since)},
                         {"until", iso_time(one.due)},
                         {"reason", ""}}))
        break;
    }
    const auto bans = store::bans(db, **row, kMost);
    if (!bans) return bans.error();
    for (const store::Ban& one : *bans) {
      ++banned;
      if (!question.row({{"address", one.key},
                         {"state", "banned"},
                         {"since", iso_time(one.since)},
                         {"until", ""},
                         {"reason", one.reason}}))
        break;
    }
  }
  return boost::json::object{{"list", (*list)->address()}, {"waiting", waiting}, {"banned", banned}};
}

}  // namespace breakwater::admin
