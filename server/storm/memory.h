// What the guard remembers between postings: small records under (list, kind, key), durable in the server,
// plain maps in a replay. One interface for both, so that what was replayed is what runs.
//
// Bounded: of each kind a list keeps the records written last, as many as bound_of says, and up to
// pushed_out_at_once more; what is older than its time is as good as gone. Every write counts as a record,
// save that of one that is among the last keeps_place: it stays where it is in the order of writing. So a
// flood of made-up Message-IDs, subjects and senders pushes out its own records and costs fixed space. The
// server asks within the write job that commits the posting: state and posting change together or not at all,
// and two servers on one database share one memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "terms/ids.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::storm {

// Values are stored.
enum class Kind {
  list = 0,     // one record a list, key "": its breaker, its last confirmed audience
  thread = 1,   // key: the thread's
  message = 2,  // key: digest of a Message-ID; value: the key of its thread
  subject = 3,  // key: digest of a base subject; value: the key of its thread
  voice = 4,    // key: digest of a sender's address; what they wrote to the list before
  budget = 5,   // key: of a limiter ("sender:" and a digest, "list"); list 0: "server", "sender:"
  notice = 6,   // key: digest of a person, or with a word before it; when they were last told; list 0: asked
};

struct Bound {
  std::int64_t records = 0;  // of one list
  Duration keep{};
};
Bound bound_of(Kind kind);
constexpr std::int64_t keeps_place = 64, pushed_out_at_once = 64;

class Memory {
 public:
  virtual ~Memory() = default;
  // nullopt: never written, pushed out, or too old.
  virtual Result<std::optional<std::string>> get(ListId list, Kind kind, std::string_view key,
                                                 Instant now) = 0;
  virtual Result<void> put(ListId list, Kind kind, std::string_view key, std::string_view value,
                           Instant now) = 0;
};

// Sixteen lower-case hexadecimal digits of a key from outside (an address, a Message-ID, a subject): fixed
// size, plain ASCII. Not secret and not proof against collisions on purpose: a collision joins two threads or
// two voices of one list, no more.
std::string digest(std::string_view key);

}  // namespace breakwater::storm
