// Which thread a posting belongs to: by In-Reply-To and References, else by base subject within a time (the
// bound of Kind::subject). What is held is remembered as well, so that answers to it join. Pure.
#pragma once

#include <string>

#include "storm/breaker_record.h"
#include "storm/memory.h"
#include "storm/verdict.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::storm {

struct Place {
  Thread thread;
  bool first = false;   // the first posting of it that the memory knows
  bool reply = false;   // it answers something: known headers, or a known subject with "Re:" or its kin
  std::string subject;  // digest of the base subject that it was found under, or of its own
};

Result<Place> find_thread(const Facts& facts, Memory& memory, Instant now);
// Writes thread, Message-ID and subject.
Result<void> remember(const Facts& facts, const Place& place, Memory& memory, Instant now);

}  // namespace breakwater::storm
