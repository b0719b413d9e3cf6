#include "storm/memory.h"

#include "terms/invariant.h"

namespace breakwater::storm {
namespace {

constexpr Duration days(int number) { return std::chrono::hours(24) * number; }

}  // namespace

// Every write counts, so a bound on threads is one on the postings that a thread's last one may lie back.
Bound bound_of(Kind kind) {
  switch (kind) {
    // Its keys are the guard's own, a handful: nothing from outside can add one, and nothing may push one
    // out.
    case Kind::list: return {1'000'000'000, days(3650)};
    // A discussion that rests for two months and goes on is new people's again.
    case Kind::thread: return {10'000, days(60)};
    case Kind::message: return {50'000, days(60)};
    // Clients without threading headers answer at once or not at all; "Meeting on Friday" comes again.
    case Kind::subject: return {20'000, days(7)};
    case Kind::voice: return {200'000, days(730)};
    case Kind::budget: return {50'000, days(7)};
    case Kind::notice: return {50'000, days(7)};
  }
  BREAKWATER_ASSERT(false);
}

std::string digest(std::string_view key) {
  // FNV-1a, and a last mixing (Stafford) so that short keys differ in all digits.
  std::uint64_t hash = 0xCBF2'9CE4'8422'2325;
  for (const char c : key) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x0000'0100'0000'01B3;
  }
  hash = (hash ^ (hash >> 30)) * 0xBF58'476D'1CE4'E5B9;
  hash = (hash ^ (hash >> 27)) * 0x94D0'49BB'1331'11EB;
  hash ^= hash >> 31;
  std::string out(16, '0');
  for (std::size_t at = out.size(); at-- > 0; hash >>= 4) out[at] = "0123456789abcdef"[hash & 15];
  return out;
}

}  // namespace breakwater::storm
