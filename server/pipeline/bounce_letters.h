// What the server writes about bounces: the probe to a member, the letter to a list's owners, from their
// templates; when they are written is decided by lists/bounce_score.h. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "letters/templates.h"
#include "mail/message.h"
#include "terms/instant.h"

namespace breakwater::pipeline {

struct ProbeFacts {
  std::string list_address, owner_address;
  std::string to;                  // mailbox
  std::string status, diagnostic;  // of the latest bounce
  Instant at{};                    // when that was
  std::int64_t wait_days = 0;      // how long the probe may take to bounce
};
// Reads to a person who gets it: all is well, nothing need be done.
mail::Notice probe_letter(const ProbeFacts& facts, const letters::Templates& templates,
                          std::string_view language);

struct BounceLetterFacts {
  std::string list_address, owner_address;
  struct Stopped {
    std::string mailbox, status, diagnostic;
    Instant at{};
  };
  std::vector<Stopped> stopped;  // the first so many
  std::int64_t all_stopped = 0;
  struct Spiked {
    std::string posting, subject;  // id as shown
    std::int64_t members = 0, recipients = 0;
  };
  std::vector<Spiked> spiked;
};
// To the owners, at most once a day: whose delivery was stopped, which postings' bounces do not count.
mail::Notice bounce_letter(const BounceLetterFacts& facts, const letters::Templates& templates,
                           std::string_view language);

}  // namespace breakwater::pipeline
