// A storm or a discussion as a trace: one row a message, in order of time, as archives and simulators have
// it. Pure.
#pragma once

#include <string>
#include <vector>

#include "terms/instant.h"

namespace breakwater::storm {

// Texts are UTF-8 and data from outside.
struct TraceRow {
  Instant at{};
  std::string from;                     // the author's address
  std::string id;                       // Message-ID, with <>
  std::string in_reply_to;              // a Message-ID with <>, or empty
  std::vector<std::string> references;  // oldest first
  std::string subject, body;
  bool automatic = false;  // a header said that a program wrote it
};

}  // namespace breakwater::storm
