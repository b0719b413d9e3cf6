// What the server itself writes about postings: the confirmation with the true audience, notices of what is
// held, the answer to "remove me". The words stand in templates (letters/letter.h); here is what they are
// told. Who is written to, and whether, is decided in intake.h. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "letters/templates.h"
#include "lists/command_mail.h"
#include "lists/roles.h"
#include "lists/subscription.h"
#include "mail/message.h"
#include "pipeline/verdict.h"
#include "terms/instant.h"

namespace breakwater::pipeline {

// What became of one command (lists/command_mail.h).
enum class CommandOutcome {
  each,
  digest,
  plain_digest,
  none,
  paused,   // none until a day
  past,     // that day has passed
  too_far,  // that day is too far ahead (lists/delivery_mode.h)
  refused,
  asked,     // another's address, which is sent a letter where there is something to ask
  not_open,  // nobody joins the list by asking
  not_a_member,
  not_offered,
  listed,
  done
};
struct CommandAnswer {
  std::string command;  // as it was understood
  CommandOutcome outcome = CommandOutcome::done;
  Instant until{};           // of paused
  bool then_digest = false;  // of paused: what comes after it
};

// What became of an order about another's membership.
struct OrderResult {
  std::string order;  // lists::line_of()
  bool done = false;
  std::string outcome;  // in English
};

// Why a reply to a letter that has a token did nothing.
enum class ReplyFlaw { none, used, expired, no_word, by_another };

struct LetterFacts {
  std::string list_address;           // "all@lists.example"
  std::string request_address;        // "all-request@lists.example", for help
  std::string administrator_address;  // "postmaster@lists.example"
  std::string owner_address, join_address, leave_address;
  std::string command_address;              // "all-request+TOKEN@lists.example": a reply there is a command
  std::string to;                           // mailbox
  std::string author, subject, message_id;  // of the posting
  bool unasked = false;                     // of an answer: no mail of its reader led to it
  std::string excerpt;                      // the first lines of what its author wrote
  std::string posting;                      // id as shown
  std::string reason;                       // of the verdict
  std::string outcome;                      // of a command: what was done, or why not
  std::int64_t recipients = 0, domains = 0;
  std::int64_t digest_readers = 0;                           // who will read it in a digest besides
  std::vector<std::pair<std::string, std::int64_t>> nested;  // lists that contribute most, with their members
  Instant until{};                                           // until when the commands work; 0: not said
  bool closed = false;                                       // nobody joins the list by asking
  bool may_post = true;                                      // its members may
  bool added = false;                                        // of a welcome: by an owner
  std::string description;                                   // of the list
  std::string address;                                       // of the member, or who would be one
  std::string name;                                          // theirs, as their own mail says
  std::vector<CommandAnswer> answers;                        // to commands by mail
  std::vector<lists::UnreadLine> unread;                     // of the same mail
  bool info = false;                                         // tell what the list is
  lists::Rank rank = lists::Rank::stranger;                  // of who gave commands, as they say who they are
  bool apart = false;                                        // others of these have letters of their own
  bool withdrawn = false;                                    // of who is no member: they waited to be one
  std::vector<std::string> members;                          // the first of them
  std::int64_t count = 0;                                    // of all members
  ReplyFlaw flaw = ReplyFlaw::none;
  std::vector<std::string> orders;          // that are asked back, one line each
  std::optional<lists::DeliveryWish> wish;  // of the one order that is about delivery
  std::vector<OrderResult> results;         // of orders
  std::int64_t held = 0;                    // postings held on the list now
  std::int64_t waiting = 0;                 // others who wait for a moderator of the list
};

std::string_view name_of(LetterKind kind);  // of its template
std::string_view name_of(lists::LetterKind kind);

// The letter of that name about the facts; with a command address also what its reader may command.
mail::Notice write_letter(std::string_view name, const LetterFacts& facts,
                          const letters::Templates& templates, std::string_view language);

// A letter of a list that is no answer, from its owners: a person who answers, answers them.
mail::Notice from_owners(letters::Rendered words, const std::string& list_address,
                         const std::string& owner_address, std::string to);

// What a template of any of these letters may ask for.
letters::Values values_of(const LetterFacts& facts, std::string_view language);

}  // namespace breakwater::pipeline
