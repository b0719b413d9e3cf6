// Against subscription bombing: how many letters one address gets that it may not have asked for, over all
// lists, and how many requests one source may make. Beyond the cap there is silence: neither a letter nor a
// change, since an answer is what the attacker wants delivered. Pure; the counts come in and go out as plain
// text, which the store keeps in the transaction that writes the letters.
//
// A log of times, not a rate: "at most so many in any 24 hours" is then exact, and caps are small numbers.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lists/subscription.h"
#include "terms/instant.h"

namespace breakwater::lists {

struct Cap {
  std::size_t count = 1;  // at most max_cap; 0: none at all
  Duration within = std::chrono::hours(24);
};
constexpr std::size_t max_cap = 1000;

class Tally {
 public:
  // As encoded; anything else is an empty one.
  static Tally decode(std::string_view text);
  // Empty when nothing is left that counts: the row can go.
  std::string encode() const;

  // Room for so many more, now. Times that lie ahead (the clock was set back) count as now.
  bool has_room(std::size_t more, const Cap& cap, Instant now) const;
  // Counts them, and forgets what no longer counts. Not more than the cap: that is a broken invariant.
  void take(std::size_t more, const Cap& cap, Instant now);

 private:
  std::size_t used(const Cap& cap, Instant now) const;
  std::vector<std::int64_t> times_ms_;  // ascending
};

// Each apart, so that what anybody can have sent in another's name silences nothing else.
struct RequestCaps {
  Cap letters{5, std::chrono::hours(24)};  // about joining, to one address over all lists
  Cap answers{5, std::chrono::hours(24)};  // to commands of one address
  // Of who leaves: whether they do, and goodbye. Many, since none of it can be had but of a list that the
  // address is on, once while it is pending: nobody is to be kept on a list, or taken off it unheard.
  Cap leaving{50, std::chrono::hours(24)};
  Cap requests{20, std::chrono::hours(1)};    // of one envelope sender
  Cap clients{200, std::chrono::hours(1)};    // of one client: whole offices write from one address
  Cap moderators{20, std::chrono::hours(1)};  // approval requests of one list
  Cap moderator{20, std::chrono::hours(1)};   // the same to one of them, over all lists
  // Asking an owner back about orders in their name. Of their own: a forger who fills it keeps nobody from
  // joining or leaving.
  Cap orders{20, std::chrono::hours(24)};
  // What became of mail, of each sort, to one address: taken, undelivered, rejected. Any mail can be sent in
  // its name.
  Cap reports{20, std::chrono::hours(24)};
};

// Of who asks. The envelope sender costs them nothing to change, the client's address (of IPv6 its /64) does:
// both count.
struct Claims {
  Tally requests;
  std::optional<Tally> clients{};  // nullopt: which client it was is not known, or it is one of our own
};
// Counts a mail, or one more request in it; false: there were enough, and nothing is done or answered.
bool take_claim(Claims& claims, const RequestCaps& caps, Instant now);

// Of the address, of the list; each is kept under its own key.
struct RequestTallies {
  Tally letters, leaving, moderators;
  std::optional<Claims> claims{};  // nullopt: the mail that asks has been counted
};

// What letters to an address count under: its mailbox, of which "ann+tag@example.org" is another name at most
// sites (RFC 5233). For counting only: elsewhere these are two addresses.
std::string mailbox_key(std::string_view address_key);

enum class Capped {
  nothing,
  source,   // too many requests of this source: nothing was done
  address,  // too many letters to this address: nothing was done
};
struct CappedDecision {
  Decision decision;
  Capped capped = Capped::nothing;
  // The request waits without having been announced: `member requests` shows it.
  bool moderators_silent = false;
  bool address_silent = false;  // it was done without the letter that tells of it
};

// What may be done of `decision` (of `event` in `state`), and counts it. A claim (is_claim) is done whole or
// not at all, and counts as a request even when it leads to nothing; but who leaves, or withdraws what
// they asked for, is let go, without the letter: else filling a victim's mailbox would also keep them on the
// list that fills it. The same for one click. The letters of who leaves count apart (RequestCaps::leaving).
// An invitation without its letter is pointless, so it is not done either (Capped::address: its owner is
// told). Anything else came from somebody who proved who they are: the change is made, and its letter goes,
// but counts.
CappedDecision within_caps(Decision decision, Subscription state, Event event, const RequestCaps& caps,
                           RequestTallies& tallies, Instant now);

}  // namespace breakwater::lists
