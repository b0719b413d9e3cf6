// Verdict: what becomes of a posting that may be posted. The guard's judgement (storm/guard.h), with the
// people it reaches and the letters it leads to. Asked by intake before the 250, and again when a sender has
// confirmed. Pure but for the directory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lists/expansion.h"
#include "lists/list.h"
#include "mail/address.h"
#include "pipeline/directory.h"
#include "storm/guard.h"
#include "storm/verdict.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::pipeline {

enum class LetterKind { confirm, held, moderation, storm, drift, leave };

struct Letter {
  LetterKind kind = LetterKind::held;
  mail::Address to;
};

// What becomes of it, to whom, and who is told.
struct Disposition {
  storm::Judgement judgement;
  // distribute: everybody; divert: the author of the parent; confirm: everybody, frozen now with the count
  // that the sender is shown. Else only the count is set: a hundred held replies need no hundred audiences.
  lists::Audience audience;
  std::vector<Letter> letters;
};

// Behind a reason that speaks of the audience: who reads digests costs this posting no copies, and counts for
// no limit, but will read it all the same. "; 5,000 more get it by digest"; empty where there are none.
std::string digest_readers_text(std::int64_t readers);

// What a posting that waits is called in the store and in listings: the verdict's name, but that what is held
// for different people is told apart: "hold" (the breaker, a freeze, the reply policy), "moderate" (a tier,
// the list's moderation), "rule" (of the list's file), "drift", "leave" (its sender is answered), "machine".
std::string waiting_name(const storm::Judgement& judgement);

// What give_verdict needs besides the facts that intake read.
struct Candidate {
  const lists::List* list = nullptr;
  mail::Address author;
  // Whoever says to be the author may not be. Mail that nobody asked for goes only where the reverse-path
  // names the same person.
  bool author_reachable = false;
  // Confirmed: the frozen audience stands, none is made.
  bool confirmed = false;
  // A rule of the list or its moderation holds it, whatever the guard would say.
  std::optional<lists::RuleMatch> moderated{};
};

// A letter to each moderator of the list, as far as they may be written to about this occasion
// (storm/notices.h).
Result<void> write_to_moderators(LetterKind kind, const std::string& occasion, const lists::List& list,
                                 Directory& directory, Instant now, std::vector<Letter>& letters);

Result<Disposition> give_verdict(storm::Facts facts, const Candidate& posting,
                                 const storm::GuardOptions& options, Directory& directory, Instant now);

}  // namespace breakwater::pipeline
