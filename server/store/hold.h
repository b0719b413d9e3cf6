// What is kept for a person or a time: held postings, who has approved them, the tokens that mails carry,
// lists that are frozen, and the audit trail of every hand. Functions on a connection; writes belong into
// write jobs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lists/expansion.h"
#include "store/connection.h"
#include "store/spool.h"
#include "terms/ids.h"
#include "terms/instant.h"

namespace breakwater::store {

// A posting that waits (PostingState::held): its verdict says for whom (confirm, hold, defer), `until` when a
// rule acts on it (spool.h). `audience`: frozen with it, or nullptr: it is expanded when it is released,
// since the audience of a hundred held replies would be stored a hundred times.
Result<void> add_held(Connection& db, const Posting& posting, const lists::Audience* audience);

struct HeldFilter {
  ListId list;          // 0: of all
  std::string thread;   // empty: of all
  std::string verdict;  // empty: any
};
Result<std::vector<Posting>> held(Connection& db, const HeldFilter& filter,
                                  std::size_t limit);  // oldest first
// Of one author (key of an address) over all lists, waiting for their own confirmation.
Result<std::int64_t> count_awaiting(Connection& db, std::string_view author);
struct HeldTotal {
  std::int64_t postings = 0, bytes = 0;  // of messages; one that is held on two lists counts on both
};
Result<HeldTotal> count_held(Connection& db, ListId list);  // kept as a count: no rows are walked
// Of one author (key of an address) on one list.
Result<std::int64_t> count_held_of(Connection& db, ListId list, std::string_view author);
struct HeldCount {
  std::string list_address, verdict;
  std::int64_t postings = 0, spared = 0;  // deliveries they would have made
};
Result<std::vector<HeldCount>> held_counts(Connection& db);
// Those whose `until` has come, the earliest first.
Result<std::vector<Posting>> held_due(Connection& db, Instant now, std::size_t limit);
Result<std::optional<Instant>> next_due(Connection& db);

// Held -> pending, and it is delivered. `audience` nullptr: the one frozen with it (Fault::not_found where
// there is none); another one replaces that. Its slices are due at `now`; to nobody, it is done at once. Says
// what it has now as verdict and reason. False: it is not held (any more).
Result<bool> begin_delivery(Connection& db, PostingId posting, const lists::Audience* audience, Instant now,
                            Instant expires, std::string_view verdict, std::string_view reason);
Result<bool> has_frozen_audience(Connection& db, PostingId posting);
// Held -> held, for another reason (confirmed, now for moderators; or re-judged). Approvals that were given
// stay: they are of this very message. With `recipients`, the audience that was frozen with it goes.
// Fault::not_found: it is not held.
Result<void> hold_anew(Connection& db, PostingId posting, std::string_view verdict, std::string_view reason,
                       int approvals, std::optional<Instant> until,
                       std::optional<std::int64_t> recipients = std::nullopt);
// Held -> dropped, with the verdict `discard`; its frozen slices go. False: it is not held.
Result<bool> discard_held(Connection& db, PostingId posting, Instant now, std::string_view reason);

// Approvals of moderators: a person (key of an address) counts once. How many there are now.
// Fault::not_found: it is not held.
Result<int> add_approval(Connection& db, PostingId posting, std::string_view person, Instant now);

// Tokens: single-use, expiring, bound to a person and to what they are about. Only a digest is stored.
struct Token {
  std::string digest;  // 32 bytes
  std::string person;  // key of an address
  PostingId posting;   // 0: about the list
  ListId list;
  std::string thread;      // or empty
  bool moderator = false;  // what its mail offered: the hands of a moderator, not just those of the sender
  Instant expires{};
  bool used = false;
};
Result<void> add_token(Connection& db, const Token& token);
// Used and expired ones too; nullopt: none such, or too old to say anything of.
Result<std::optional<Token>> find_token(Connection& db, std::string_view digest);
Result<bool> use_token(Connection& db, std::string_view digest,
                       Instant now);  // false: used or expired already
// Takes away what expired `remembered` ago: until then its reader can be told.
Result<std::int64_t> prune_tokens(Connection& db, Instant now);

struct Freeze {
  ListId list;
  Instant since{};
  std::string actor, reason;
  std::string list_address{};  // as frozen_lists tells it: the list's file may be gone
};
// Again: the new actor and reason stand, `since` is still when it began.
Result<void> freeze(Connection& db, const Freeze& freeze);
Result<bool> thaw(Connection& db, ListId list);  // false: it was not frozen
Result<std::optional<Freeze>> frozen(Connection& db, ListId list);
Result<std::vector<Freeze>> frozen_lists(Connection& db);
// Postings to the list that are being delivered: what a freeze stops and a thaw resumes. Mail to its owners
// and notices are no part of a storm and go on.
Result<std::vector<Posting>> pending_of(Connection& db, ListId list);
// Those of all frozen lists, oldest first: what dispatch leaves out of open_postings when it starts.
Result<std::vector<PostingId>> frozen_postings(Connection& db);

struct Audit {
  Instant at{};
  std::string actor;   // "uid 0 on the control socket", "ann@example.org by mail"
  std::string action;  // "freeze", "release"
  std::string list_address;
  PostingId posting;    // 0: none
  std::string reason;   // as given
  std::string outcome;  // "3 postings, 2,550,000 recipients"
};
Result<void> add_audit(Connection& db, const Audit& audit);  // keeps the last 100,000
Result<std::vector<Audit>> audits(Connection& db, std::string_view list_address,
                                  std::size_t limit);  // newest first; list empty: of all

// The author of a posting that the list distributed or holds, by its Message-ID; empty: unknown.
Result<std::string> author_of(Connection& db, ListId list, std::string_view message_id);

}  // namespace breakwater::store
