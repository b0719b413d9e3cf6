// What the server writes in a storm is counted too, or its notices are the next storm. Pure; the counts are
// in Memory. Saying yes counts: ask only for what is then written.
#pragma once

#include <cstdint>
#include <string_view>

#include "storm/memory.h"
#include "terms/ids.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::storm {

// Sorts of letters, each with a budget of its own on every list.
enum class Notice {
  to_sender,   // it is held, how to leave, how to command
  of_list,     // to moderators: the breaker opened, the audience drifted
  of_posting,  // to moderators: one posting waits for them
};

// Whether this letter may be written now: the same to the same person once a day, and so many of its sort an
// hour. `whom`: what the letter is about, and key of an address. Robots and null reverse-paths are not asked
// for.
Result<bool> may_tell(ListId list, Notice notice, std::string_view whom, Memory& memory, Instant now);

// To a moderator who was not told of a posting, since there are too many: once an hour a letter that says how
// many wait.
Result<bool> may_tell_of_rest(ListId list, std::string_view person, Memory& memory, Instant now);

// Whether a person may be asked to confirm a posting that anybody may have sent in their name: over all lists
// at most 20 within a day.
Result<bool> may_ask(std::string_view person, Memory& memory, Instant now);

}  // namespace breakwater::storm
