// What the server itself writes in a storm: the confirmation with the true audience, notices of what is held,
// the answer to "remove me". Texts only; who is told, and whether, is decided in intake.h. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "mail/message.h"
#include "terms/instant.h"

namespace breakwater::pipeline {

struct LetterFacts {
  std::string list_address;     // "all@lists.example"
  std::string request_address;  // "all-request@lists.example", for help
  std::string command_address;  // "all-request+TOKEN@lists.example": a reply there carries out a command
  std::string to;               // mailbox
  std::string author, subject, message_id;  // of the posting
  std::string excerpt;                      // the first lines of what its author wrote
  std::string posting;                      // id as shown
  std::string reason;                       // of the verdict
  std::int64_t recipients = 0, domains = 0;
  std::vector<std::pair<std::string, std::int64_t>> nested;  // lists that contribute most, with their members
  Instant until{};                                           // until when the commands work; 0: not said
  std::int64_t held = 0;                                     // postings held on the list now
};

// To the sender: "would reach 850,000 people in 212 domains"; confirm, cancel.
mail::Notice confirm_letter(const LetterFacts& facts);
// To the sender, once a storm: it is held, nothing is lost, who decides.
mail::Notice held_letter(const LetterFacts& facts);
// To a moderator: one posting waits; release, discard.
mail::Notice moderation_letter(const LetterFacts& facts);
// To owners and moderators: the breaker opened; release, discard (all of the thread), freeze, thaw.
mail::Notice storm_letter(const LetterFacts& facts);
// To owners: the audience is not what it was; confirm.
mail::Notice drift_letter(const LetterFacts& facts);
// To who asked to be removed: how to leave; that nobody else saw the message.
mail::Notice leave_letter(const LetterFacts& facts);
// Answer to a command mail (`message_id` is that mail's): what was done, or why not; with a command address
// also what its reader may command next, thaw or freeze.
mail::Notice outcome_letter(const LetterFacts& facts, const std::string& outcome);

}  // namespace breakwater::pipeline
