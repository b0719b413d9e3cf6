// What owners and moderators order by mail about others' addresses: ban, unban, invite, add, remove. Who
// logged in to send the mail has proved who they are; else it is a claim, and what it orders is asked back: a
// letter to that owner carries a one-time token, and its answer carries the orders out. What anybody asks of
// how another's mail is delivered is asked back in the same way, of that member. All inside the write job
// that takes the mail.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/write_job.h"
#include "lists/command_mail.h"
#include "lists/list.h"
#include "lists/roles.h"
#include "mail/address.h"
#include "pipeline/intake.h"
#include "pipeline/letters.h"
#include "store/member_orders.h"

namespace breakwater::daemon {

// Whether the table of roles lets somebody of this rank give the order.
bool may_order(lists::Verb verb, lists::Rank rank);

// Carries one out, with its line in the audit trail. Errors: those of the store.
Result<pipeline::OrderResult> give_member_order(WriteJob& job, const lists::List& list,
                                                const lists::Command& order, const mail::Address& by,
                                                const std::string& message_id);

// The letter that says what became of each; the same in a sentence for the log. `message_id`: of the mail
// that led to it, where its reader wrote that.
Result<std::string> tell_results(WriteJob& job, const lists::List& list, const mail::Address& to,
                                 const std::vector<pipeline::OrderResult>& results,
                                 const std::optional<std::string>& message_id);

// Keeps the orders and sends the request's sender the letter that asks for them. More than one person is sent
// in a day (lists/request_caps.h): nothing is kept, `false`.
Result<bool> ask_back(WriteJob& job, const lists::List& list, const std::vector<lists::Command>& orders,
                      const pipeline::MemberRequest& request, const std::string& message_id);

// Somebody wants mail delivered to another's address in another way (`command`, set_delivery): the member is
// asked, once while that is open and within the cap of the address; the caller has counted who asks. Who is
// none does not hear of it.
Result<void> ask_about_delivery(WriteJob& job, const lists::List& list, const lists::Command& command,
                                const mail::Address& about);

// The token of such a letter came back, good and with its word. Rights are those of now. `message_id` as
// above. A sentence for the log.
Result<std::string> confirm_orders(WriteJob& job, const lists::List& list, const store::MemberOrders& orders,
                                   const std::optional<std::string>& message_id);

}  // namespace breakwater::daemon
