// Who is known to a list: on how many days somebody wrote to it before, counting what was distributed only.
// A storm is made of people who hardly ever write. Pure; the records are in Memory.
#pragma once

#include <string>
#include <string_view>

#include "storm/memory.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::storm {

struct Voice {
  int days = 0;            // times of writing, those within twelve hours of the first of them being one
  Instant last_counted{};  // when the last of them began

  // Those that lie behind: what somebody writes in one storm does not make them known in it.
  int days_known(Instant now) const;
  void note_distributed(Instant now);

  static Voice decode(std::string_view value);  // anything else: somebody new
  std::string encode() const;
};

Result<Voice> voice_of(ListId list, std::string_view sender, Memory& memory, Instant now);
Result<void> note_voice(ListId list, std::string_view sender, Voice voice, Memory& memory, Instant now);

}  // namespace breakwater::storm
