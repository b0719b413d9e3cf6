// What happens between a person and a list (lists/subscription.h), carried out: the member row, what is
// pending, the tokens and the letters, all in the write job that led to it, so that after a crash all of it
// is there or none.
#pragma once

#include <optional>
#include <string>

#include "admin/hands.h"
#include "daemon/write_job.h"
#include "lists/request_caps.h"
#include "lists/subscription.h"
#include "mail/address.h"

namespace breakwater::daemon {

// A mail that changes something, and whose word it is.
struct ByMail {
  std::string person, message_id;
  std::string reason = {};
};
// One line of the audit trail: "ann@example.org by mail"; "he is known to me (message a@b)" or "message a@b".
Result<void> note_by_mail(WriteJob& job, const lists::List& list, const ByMail& by, const char* action,
                          std::string outcome);

struct Happening {
  const lists::List* list = nullptr;
  mail::Address address;  // whose subscription it is
  lists::Event event = lists::Event::ask_join;
  std::string source = {};  // of a claim: the envelope sender (lists/request_caps.h)
  std::string client = {};  // of a claim: the address of who connected; empty: of no matter
  bool counted = false;     // of a claim: its mail has been (take_claim)
  std::string reason = {};  // of a moderator, for the letter
  std::string name = {};  // display name of that address in the mail that led to it, as anybody may write it
  std::optional<std::string> message_id = {};  // of the mail of that address that led to it
  std::string listed = {};                     // of who is added: the name to keep; empty: none, or as it was
  // The list has no file: its row, and `list` is the one that speaks for it.
  std::optional<ListId> row = {};
  // Who by what: into the audit trail, with what changed. nullopt: whoever orders it writes that.
  std::optional<ByMail> by = {};
};
struct Happened {
  lists::Subscription before = lists::Subscription::absent, after = lists::Subscription::absent;
  lists::Change change = lists::Change::none;
  lists::Capped capped = lists::Capped::nothing;
  bool moderators_silent = false;
  bool banned = false;
  bool service = false;  // lists/service_address.h: such an address does not come onto a list
};
Result<Happened> happen(WriteJob& job, const Happening& what);
// For the log and the audit trail: "ann@example.org joined tech@lists.example".
std::string told(const Happening& what, const Happened& happened);

// The key under which requests of a client count: its address, of IPv6 its /64. Empty, not counted: a unix
// socket or this machine, where our own front server passes on what everybody sends.
std::string client_key(const std::string& address);

// Whether one more may be written to this address of what it may not have asked for, counted under `key`;
// saying yes counts.
Result<bool> take_turn(WriteJob& job, const std::string& key, const lists::Cap& cap);
Result<bool> take_turn(store::Connection& db, Instant now, const std::string& key, const lists::Cap& cap);
// Counts a mail against its source and its client (lists/request_caps.h). False: too many, nothing is done.
Result<bool> take_claim(WriteJob& job, const std::string& source, const std::string& client);
// The key under which letters of one sort to an address count: "letters", "leaving", "answers", "help".
std::string letters_key(const char* sort, const mail::Address& to);

// An order of the command line; writes the audit trail. Errors: Fault::invalid where there is nothing to do.
Result<std::string> carry_out(WriteJob& job, const admin::MemberOrder& order);

}  // namespace breakwater::daemon
