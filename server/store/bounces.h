// What bounces come to, as rows: each membership's days with a bounce, where its probe stands, who is
// stopped, how many bounced on one posting, and when a list's owners are written to. The rules are those of
// lists/bounce_score.h. Functions on a connection; what changes something is for write jobs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lists/bounce_score.h"
#include "store/connection.h"
#include "terms/ids.h"
#include "terms/instant.h"

namespace breakwater::store {

inline constexpr Duration kBetweenLetters = std::chrono::hours{24};  // to a list's owners

struct Membership {  // with the role of a member
  ListId list;
  AddressId address;
};

struct MemberBounce {
  PostingId posting;
  Instant at{};
  lists::BounceKind kind = lists::BounceKind::policy;
  std::string status, diagnostic;
};
// A membership's row of the day; one that counts more takes the place of one that counts less. False: the day
// stays as it was.
Result<bool> note_bounce(Connection& db, Membership who, const MemberBounce& bounce);
// Days that no rule reads any more, of all memberships: older than a year, or still to come, since the clock
// was set back (a score ends where the days before the newest are silent). At most `limit`; how many went.
Result<std::int64_t> prune_member_bounces(Connection& db, Instant now, std::size_t limit);
Result<std::vector<MemberBounce>> member_bounces(Connection& db, Membership who, std::size_t limit);

// The list and what is nested in it, each once, also where it pauses: the lists by which a posting may have
// reached somebody.
Result<std::vector<ListId>> with_nested_lists(Connection& db, ListId list);
// Which of `ids` (any order) are in the posting's audience; ascending, each once.
Result<std::vector<AddressId>> among_recipients(Connection& db, PostingId posting,
                                                std::vector<AddressId> ids);

struct BounceWatch {
  lists::Stage stage = lists::Stage::quiet;
  Instant since{};             // bounces up to then count no more
  PostingId probe;             // the latest, or 0
  std::optional<Instant> due;  // when a rule looks at it
};
Result<BounceWatch> bounce_watch(Connection& db, Membership who);  // none: a quiet one
Result<void> put_bounce_watch(Connection& db, Membership who, const BounceWatch& watch);
Result<void> put_off_bounce_watch(Connection& db, Membership who, Instant until);  // nothing of it is read
Result<std::vector<Membership>> due_bounce_watches(Connection& db, Instant now, std::size_t limit);

// Delivery to a member stops or goes on. False: no such member, or it was so.
Result<bool> stop_member(Connection& db, Membership who, Instant now);
Result<bool> resume_member(Connection& db, Membership who);
Result<void> forget_bounces(Connection& db, Membership who);

// Spikes. One more member, who had not bounced before, has on this posting: how many they are now.
Result<std::int64_t> count_bounced(Connection& db, PostingId posting);
Result<bool> is_spiked(Connection& db, PostingId posting);
// From now on its bounces count no more; what they have counted is taken back.
Result<void> freeze_bounces(Connection& db, PostingId posting, Instant now);

// What a list's owners are to be told in their next letter: that a member was stopped, or that a posting's
// bounces were frozen. It goes ten minutes after the first, but not within a day of the last letter.
Result<void> add_bounce_news(Connection& db, ListId list, AddressId stopped, PostingId spiked, Instant now);
struct Stopped {
  std::string mailbox;
  Instant at{};
  std::string status, diagnostic;  // of the latest bounce
};
struct Spiked {
  PostingId posting;
  std::string subject;
  std::int64_t members = 0, recipients = 0;
};
struct BounceNews {
  std::vector<Stopped> stopped;  // the first so many
  std::int64_t all_stopped = 0;
  std::vector<Spiked> spiked;
};
Result<BounceNews> bounce_news(Connection& db, ListId list, std::size_t limit);
Result<std::optional<ListId>> due_bounce_letter(Connection& db, Instant now);
Result<void> put_off_bounce_letter(Connection& db, ListId list, Instant until);
Result<void> bounce_letter_done(Connection& db, ListId list, Instant now);  // its news are told

// When the next letter or watch is due.
Result<std::optional<Instant>> next_bounce_due(Connection& db);

}  // namespace breakwater::store
