#include "daemon/list_page.h"

#include "daemon/nested_memberships.h"
#include "lists/list_address.h"
#include "log/log.h"
#include "mail/address.h"
#include "mail/ascii.h"
#include "web/leave_page.h"

namespace breakwater::daemon {
namespace {

using web::LeaveState;

web::HttpAnswer page_of(unsigned status, LeaveState state, const lists::List* list,
                        std::string_view language) {
  web::LeavePage page;
  page.state = state;
  page.language = list != nullptr ? std::string_view(list->language) : language;
  if (list != nullptr) page.list = list->address();
  return {status, "text/html; charset=utf-8", web::leave_page(page)};
}

// Asks the address on each list by which the list's mail may reach it. What is typed costs nothing, so it
// counts for the address and for the client, not for a sender: there is none.
Result<void> ask_member(WriteJob& job, const std::string& list, const mail::Address& who,
                        const std::string& client) {
  const auto named = job.running.lists.find(list);
  if (named == job.running.lists.end()) return {};
  const Happening what{.list = named->second.settings,
                       .address = who,
                       .event = lists::Event::leave_for_other,
                       .source = "page " + who.key,
                       .client = client};
  auto all = on_nested_lists(job, what);
  if (!all) return all.error();
  all->insert(all->begin(), what);
  for (const Happening& one : *all) {
    if (auto asked = happen(job, one); !asked) return asked.error();
  }
  return {};
}

}  // namespace

web::HttpAnswer answer_list_page(const web::HttpRequest& request, const std::string& address,
                                 const InForce& in_force, StoreHands& hands) {
  const auto running = in_force.get();
  const std::string& language = running->config->language;
  const auto found = running->lists.find(lists::lower_case(address));
  if (found == running->lists.end()) return page_of(404, LeaveState::unknown, nullptr, language);
  const lists::List* list = found->second.settings;
  if (request.method != "POST") return page_of(200, LeaveState::which, list, language);
  const std::string typed = web::typed_address(request.body);
  const auto who = mail::parse_address(mail::trimmed(typed));
  if (!who) return page_of(400, LeaveState::no_address, list, language);
  const auto done =
      hands.write([&](WriteJob& job) { return ask_member(job, list->address(), *who, request.peer); });
  if (!done) {
    log::event(log::Level::warning, "page_failed", {{"page", "list"}, {"reason", done.error().what}});
    return page_of(503, LeaveState::trouble, nullptr, list->language);
  }
  log::event(log::Level::info, "leave_asked", {{"list", list->address()}, {"client", request.peer}});
  return page_of(200, LeaveState::asked, list, language);
}

}  // namespace breakwater::daemon
