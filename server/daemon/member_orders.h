// What owners and moderators order by mail about others' addresses: ban, unban, invite, add, remove. Who
// logged in to send the mail has proved who they are; else it is a claim, and what it orders is asked back: a
// letter to that owner carries a one-time token, and its answer carries the orders out. All inside the write
// job that takes the mail.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/write_job.h"
#include "lists/command_mail.h"
#include "lists/list.h"
#include "lists/roles.h"
#include "mail/address.h"
#include "store/member_orders.h"

namespace breakwater::daemon {

// Whether the table of roles lets somebody of this rank give the order.
bool may_order(lists::Verb verb, lists::Rank rank);

// Carries one out, with its line in the audit trail; a sentence that says what was done, or why nothing was.
// Errors: those of the store.
Result<std::string> give_member_order(WriteJob& job, const lists::List& list, const lists::Command& order,
                                      const mail::Address& by);

// Keeps the orders and sends `to` the letter that asks for them. More letters than one person is sent in a
// day: nothing is kept, `false`.
Result<bool> ask_back(WriteJob& job, const lists::List& list, const std::vector<lists::Command>& orders,
                      const mail::Address& to, const std::string& message_id);

// The token of such a letter came back, good and with its word. Rights are those of now. A sentence for the
// log.
Result<std::string> confirm_orders(WriteJob& job, const lists::List& list, const store::MemberOrders& orders,
                                   const std::string& message_id);

}  // namespace breakwater::daemon
