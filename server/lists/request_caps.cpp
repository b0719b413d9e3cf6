#include "lists/request_caps.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "terms/invariant.h"

namespace breakwater::lists {
namespace {

std::size_t letters_to(const Decision& decision, Reader reader) {
  return static_cast<std::size_t>(
      std::count_if(decision.letters.begin(), decision.letters.end(),
                    [&](const MemberLetter& letter) { return letter.to == reader; }));
}

bool is_about_leaving(const Decision& decision) {
  return std::any_of(decision.letters.begin(), decision.letters.end(), [](const MemberLetter& letter) {
    return letter.kind == LetterKind::confirm_leave || letter.kind == LetterKind::goodbye;
  });
}

void leave_out(Decision& decision, Reader reader) {
  std::erase_if(decision.letters, [&](const MemberLetter& letter) { return letter.to == reader; });
}

// As many as there is room for: what goes whatever the cap says still counts against it.
void take_what_fits(Tally& tally, std::size_t more, const Cap& cap, Instant now) {
  while (more > 0 && !tally.has_room(more, cap, now)) --more;
  tally.take(more, cap, now);
}

}  // namespace

Tally Tally::decode(std::string_view text) {
  Tally tally;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    std::int64_t time = 0;
    const auto read = std::from_chars(at, end, time);
    const bool more = read.ptr != end;
    if (read.ec != std::errc() || (more && *read.ptr != ' ') || (more && read.ptr + 1 == end)) return {};
    tally.times_ms_.push_back(time);
    if (tally.times_ms_.size() > max_cap) return {};
    at = read.ptr + (more ? 1 : 0);
  }
  std::sort(tally.times_ms_.begin(), tally.times_ms_.end());
  return tally;
}

std::string Tally::encode() const {
  std::string out;
  for (const std::int64_t time : times_ms_) {
    if (!out.empty()) out += ' ';
    out += std::to_string(time);
  }
  return out;
}

std::size_t Tally::used(const Cap& cap, Instant now) const {
  const std::int64_t since = to_ms(now - cap.within);
  const auto first = std::upper_bound(times_ms_.begin(), times_ms_.end(), since);
  return static_cast<std::size_t>(times_ms_.end() - first);
}

bool Tally::has_room(std::size_t more, const Cap& cap, Instant now) const {
  const std::size_t most = std::min(cap.count, max_cap), counted = used(cap, now);
  return counted <= most && more <= most - counted;
}

void Tally::take(std::size_t more, const Cap& cap, Instant now) {
  BREAKWATER_ASSERT(more == 0 || has_room(more, cap, now));
  times_ms_.erase(times_ms_.begin(), times_ms_.end() - static_cast<std::ptrdiff_t>(used(cap, now)));
  // Set back clocks: what lies ahead would count for longer than the cap says.
  for (std::int64_t& time : times_ms_) time = std::min(time, to_ms(now));
  times_ms_.insert(times_ms_.end(), more, to_ms(now));
}

bool take_claim(Claims& claims, const RequestCaps& caps, Instant now) {
  if (!claims.requests.has_room(1, caps.requests, now)) return false;
  if (claims.clients && !claims.clients->has_room(1, caps.clients, now)) return false;
  claims.requests.take(1, caps.requests, now);
  if (claims.clients) claims.clients->take(1, caps.clients, now);
  return true;
}

std::string mailbox_key(std::string_view address_key) {
  const auto domain = std::min(address_key.rfind('@'), address_key.size());
  const auto tag = address_key.substr(0, domain).find('+');
  if (tag == std::string_view::npos || tag == 0) return std::string(address_key);
  return std::string(address_key.substr(0, tag)).append(address_key.substr(domain));
}

CappedDecision within_caps(Decision decision, Subscription state, Event event, const RequestCaps& caps,
                           RequestTallies& tallies, Instant now) {
  const Decision nothing{state, Change::none, {}};
  const std::size_t letters = letters_to(decision, Reader::address);
  if (is_claim(event) && tallies.claims && !take_claim(*tallies.claims, caps, now))
    return {nothing, Capped::source};
  // All letters of a decision to the address are of one sort.
  const bool is_leaving = is_about_leaving(decision);
  Tally& counted = is_leaving ? tallies.leaving : tallies.letters;
  const Cap& cap = is_leaving ? caps.leaving : caps.letters;
  CappedDecision result{std::move(decision)};
  const bool room = counted.has_room(letters, cap, now);
  const bool withdraws = state != Subscription::absent && result.decision.next == Subscription::absent;
  const bool leaves = result.decision.change == Change::remove || withdraws;
  if (!room && (event == Event::invite || (is_claim(event) && !leaves))) return {nothing, Capped::address};
  if (!room && (is_claim(event) || event == Event::unsubscribe)) {
    leave_out(result.decision, Reader::address);
    result.address_silent = true;
  } else {
    take_what_fits(counted, letters, cap, now);
  }
  const std::size_t announced = letters_to(result.decision, Reader::moderators);
  if (!tallies.moderators.has_room(announced, caps.moderators, now)) {
    leave_out(result.decision, Reader::moderators);
    result.moderators_silent = true;
  } else {
    tallies.moderators.take(announced, caps.moderators, now);
  }
  return result;
}

}  // namespace breakwater::lists
