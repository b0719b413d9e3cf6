// member.set
#include <array>
#include <boost/json/object.hpp>

#include "admin/answers.h"
#include "admin/hands.h"
#include "admin/request.h"
#include "store/directory.h"
#include "store/hold.h"
#include "store/moderation.h"
#include "store/store.h"

namespace breakwater::admin {
namespace {

using lists::SenderModeration;

struct Choice {
  const char *word, *told;
  SenderModeration value;
};
constexpr auto kChoices = std::to_array<Choice>(
    {{"yes", "a moderator looks first at what they send", SenderModeration::always},
     {"no", "what they send need not wait for a moderator, but where a rule says so",
      SenderModeration::never},
     {"default", "the list's file says whether what they send waits", SenderModeration::by_list}});

Result<std::string> set_moderated(const Question& question, const lists::List& list,
                                  const mail::Address& address, const std::string& given) {
  const Choice* choice = nullptr;
  for (const Choice& one : kChoices) {
    if (given == one.word) choice = &one;
  }
  if (choice == nullptr) return error(Fault::invalid, "moderated is yes, no or default, not '" + given + "'");
  if (auto may = administrator_may(lists::Action::moderate_member); !may) return may.error();
  const Instant now = question.desk.now();
  const std::string outcome = address.mailbox + " on " + list.address() + ": " + choice->told;
  const auto done = question.desk.store->write_and_wait([&](store::Connection& db) -> Result<void> {
    const auto row = list_row(db, list, now);
    if (!row) return row.error();
    const auto id = store::find_address(db, address.key);
    if (!id) return id.error();
    const auto set = *id ? store::set_member_moderation(db, *row, **id, choice->value) : Result<bool>(false);
    if (!set) return set.error();
    if (!*set) return error(Fault::not_found, address.mailbox + " is no member of " + list.address());
    return store::add_audit(
        db, {now, question.actor, "member set", list.address(), PostingId{}, "moderated " + given, outcome});
  });
  if (!done) return done.error();
  return outcome;
}

Result<std::string> set_delivery(const Question& question, const lists::List& list,
                                 const mail::Address& address, const std::string& given,
                                 const std::string& until) {
  const auto wish = parse_wish(given, until, question.desk.now());
  if (!wish) return wish.error();
  if (question.desk.hands == nullptr) return no_hands();
  const std::string reason = "delivery " + given + (until.empty() ? "" : " until " + until);
  return question.desk.hands->change_membership(
      {MemberHand::set_delivery, list.address(), address.mailbox, question.actor, reason, *wish});
}

}  // namespace

// One setting at a time: what fails has changed nothing.
Answer member_set(const Question& question) {
  const auto config = question.desk.config();
  const auto list = named_list(*config, question.request);
  if (!list) return list.error();
  const auto address = required_address(question.request, "address");
  if (!address) return address.error();
  const auto moderated = optional_text(question.request, "moderated");
  const auto delivery = optional_text(question.request, "delivery");
  const auto until = optional_text(question.request, "until");
  if (!moderated) return moderated.error();
  if (!delivery) return delivery.error();
  if (!until) return until.error();
  if (moderated->has_value() == delivery->has_value())
    return error(Fault::invalid, "give --moderated or --delivery: one of them");
  if (*until && !*delivery) return error(Fault::invalid, "--until belongs to --delivery none");
  const auto done = *moderated ? set_moderated(question, **list, *address, **moderated)
                               : set_delivery(question, **list, *address, **delivery, until->value_or(""));
  if (!done) return done.error();
  boost::json::object answer{{"list", (*list)->address()}, {"address", address->mailbox}, {"message", *done}};
  answer[*moderated ? "moderated" : "delivery"] = *moderated ? **moderated : **delivery;
  return answer;
}

}  // namespace breakwater::admin
