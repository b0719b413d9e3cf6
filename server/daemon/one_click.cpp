#include "daemon/one_click.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "daemon/list_page.h"
#include "daemon/membership.h"
#include "log/log.h"
#include "store/bounces.h"
#include "store/directory.h"
#include "store/hold.h"
#include "web/leave_page.h"

namespace breakwater::daemon {
namespace {

using web::LeaveState;

struct Membership {
  ListId list;
  std::string address;                    // the list's
  const lists::List* settings = nullptr;  // nullptr: it has no file
};

// Who the link is about, as the store has it.
struct Reader {
  const lists::List* list = nullptr;
  mail::Address address;
  std::vector<Membership> on;  // the list, and those in it by which its mail reaches them
};

// nullopt: the list has no file any more, or the address is gone.
Result<std::optional<Reader>> find_reader(store::Connection& db, const Running& running,
                                          lists::UnsubscribeToken token) {
  const auto list = running.lists_by_id.find(token.list);
  if (list == running.lists_by_id.end()) return std::optional<Reader>();
  auto address = store::address(db, token.member);
  if (!address) return address.error();
  if (!*address) return std::optional<Reader>();
  Reader reader{list->second, std::move(**address), {}};
  auto reaching = store::with_nested_lists(db, token.list);
  if (!reaching) return reaching.error();
  for (const ListId id : *reaching) {
    auto roles = store::roles_of(db, id, token.member);
    if (!roles) return roles.error();
    const bool member = std::find(roles->begin(), roles->end(), lists::Role::member) != roles->end();
    const auto known = running.lists_by_id.find(id);
    if (!member) continue;
    if (known == running.lists_by_id.end())
      reader.on.push_back({id, format_id(id)});
    else
      reader.on.push_back({id, known->second->address(), known->second});
  }
  return std::optional(std::move(reader));
}

// Inside a write job: off the list, and off what is in it. A member has nothing to confirm
// (Event::unsubscribe in lists/subscription.h); a moderator or owner stays what they are, for that is not
// what brings the copies. The letter is for who forwarded a message whose link another then clicked.
Result<void> take_off(WriteJob& job, const Reader& reader, AddressId member) {
  for (const Membership& one : reader.on) {
    if (one.settings != nullptr) {
      auto left =
          happen(job, {.list = one.settings, .address = reader.address, .event = lists::Event::unsubscribe});
      if (!left) return left.error();
    } else {
      auto gone = store::remove_member(job.db, one.list, member, lists::Role::member);
      if (!gone) return gone.error();
    }
    const std::string& who = reader.address.mailbox;
    auto noted = store::add_audit(
        job.db, {job.now, who, "leave", one.address, PostingId{},
                 "by one click, from a copy of " + reader.list->address(), who + " is off the list"});
    if (!noted) return noted;
  }
  return {};
}

web::HttpAnswer page_of(unsigned status, LeaveState state, const Reader* reader, std::string_view language) {
  web::LeavePage page;
  page.state = state;
  page.language = language;
  if (reader != nullptr) {
    page.language = reader->list->language;
    page.list = reader->list->address();
    page.closed = reader->list->join == lists::JoinPolicy::closed;
    page.member = web::masked(reader->address.mailbox);
    for (const Membership& one : reader->on) {
      if (one.address != page.list) page.through.push_back(one.address);
    }
  }
  return {status, "text/html; charset=utf-8", web::leave_page(page)};
}

web::HttpAnswer trouble(const Error& failure, std::string_view language) {
  log::event(log::Level::warning, "page_failed", {{"page", "leave"}, {"reason", failure.what}});
  return page_of(503, LeaveState::trouble, nullptr, language);
}

void log_left(const Reader& reader, const std::string& peer) {
  for (const Membership& one : reader.on) {
    log::event(
        log::Level::info, "unsubscribed",
        {{"list", one.address}, {"member", reader.address.mailbox}, {"by", "one click"}, {"client", peer}});
  }
}

}  // namespace

web::HttpAnswer OneClick::answer(const web::HttpRequest& request) const {
  const auto running = in_force_.get();
  const std::string& language = running->config->language;
  const std::string_view last = std::string_view(request.path).substr(request.path.rfind('/') + 1);
  const std::string list = web::percent_decoded(last);  // a token has no @
  if (list.find('@') != std::string::npos) return answer_list_page(request, list, in_force_, hands_);
  const auto token = lists::read_unsubscribe_token(last, mac_);
  if (!token) return page_of(404, LeaveState::unknown, nullptr, language);
  const bool wish = request.method == "POST" && web::asks_to_leave(request.content_type, request.body);
  std::optional<Reader> reader;
  bool left = false;
  Result<void> done;
  {
    auto reading = store_.read();
    auto found = find_reader(reading.connection(), *running, *token);
    if (found)
      reader = std::move(*found);
    else
      done = found.error();
  }
  // Whoever is off already costs no write, however often the link is posted.
  if (done && wish && reader && !reader->on.empty()) {
    bool is_there = false;
    done = hands_.write([&](WriteJob& job) -> Result<void> {
      auto again = find_reader(job.db, job.running, *token);  // as it is now, behind the writes before this
      if (!again) return again.error();
      is_there = again->has_value();
      if (!is_there) return {};
      reader->on = (*again)->on;
      return take_off(job, **again, token->member);
    });
    if (done && !is_there) reader.reset();
    if (done && reader) log_left(*reader, request.peer);
    left = done && reader && !reader->on.empty();
    if (done && reader) reader->on.clear();
  }
  if (!done) return trouble(done.error(), language);
  if (!reader) return page_of(404, LeaveState::unknown, nullptr, language);
  if (reader->on.empty()) return page_of(200, left ? LeaveState::left : LeaveState::gone, &*reader, language);
  if (request.method == "POST") return page_of(400, LeaveState::unwanted, &*reader, language);
  return page_of(200, LeaveState::ask, &*reader, language);
}

}  // namespace breakwater::daemon
