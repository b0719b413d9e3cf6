// What is stored about moderation: senders whose messages wait, lists on which all waits, who has posted, and
// which held postings end soon. Functions on a connection; writes belong into write jobs.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lists/moderation_rules.h"
#include "store/connection.h"
#include "store/spool.h"
#include "terms/ids.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::store {

// Of a member of the list; whoever is none is by_list.
Result<lists::SenderModeration> member_moderation(Connection& db, ListId list, AddressId id);
// False: they are no member.
Result<bool> set_member_moderation(Connection& db, ListId list, AddressId id, lists::SenderModeration value);

// Whether anything of this author (key of an address) has gone out to the list, ever.
Result<bool> has_posted(Connection& db, ListId list, std::string_view author);

struct HoldAll {
  ListId list;  // 0: all
  Instant since{};
  std::string actor, reason;
  std::string list_address{};  // as hold_alls tells it; empty: all
};
// Again: the new actor and reason stand, `since` is still when it began.
Result<void> begin_hold_all(Connection& db, const HoldAll& hold);
Result<bool> end_hold_all(Connection& db, ListId list);  // false: it was not held
Result<bool> holds_all(Connection& db, ListId list);     // by itself or with all
Result<std::vector<HoldAll>> hold_alls(Connection& db);  // that of all lists first

// What waits for a person on a list, oldest first: received up to `received`, its moderators told of its end
// at `warned` or before; nullopt: not told yet.
struct EndingFilter {
  ListId list;
  Instant received{};
  std::optional<Instant> warned;
};
Result<std::vector<Posting>> held_ending(Connection& db, const EndingFilter& filter, std::size_t limit);
// From now on each that waits and was received up to then counts as told.
Result<void> note_warned(Connection& db, ListId list, Instant received, Instant now);
Result<std::optional<Instant>> last_held_letter(Connection& db, ListId list);
Result<void> note_held_letter(Connection& db, ListId list, Instant now);  // none before its day
// As if its author and the moderators had just been told: it does not end before that.
Result<void> put_off_end(Connection& db, PostingId posting, Instant now);

}  // namespace breakwater::store
