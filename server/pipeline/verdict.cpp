#include "pipeline/verdict.h"

#include <algorithm>
#include <string>
#include <utility>

#include "storm/notices.h"
#include "storm/number_text.h"

namespace breakwater::pipeline {
namespace {

using storm::Defence;
using storm::Judgement;
using storm::Verdict;

// The parent: what the posting answers. In-Reply-To names it; some clients only have References.
std::string parent_of(const storm::Facts& facts) {
  if (!facts.in_reply_to.empty()) return facts.in_reply_to;
  return facts.references.empty() ? std::string() : facts.references.back();
}

// The breaker has not seen it: it counts when moderators let it go. They do so for its tier at once, since
// nobody would be asked again.
Judgement held_by(const lists::RuleMatch& match, const lists::List& list, std::int64_t audience) {
  Judgement judgement;
  judgement.verdict = Verdict::hold;
  judgement.defence = match.rule < list.rules.size() ? Defence::rule : Defence::moderation;
  judgement.reason = match.reason;
  judgement.approvals = storm::moderators_needed(list.guard, audience);
  return judgement;
}

class Verdicts {
 public:
  Verdicts(storm::Facts facts, const Candidate& posting, const storm::GuardOptions& options,
           Directory& directory, Instant now)
      : facts_(std::move(facts)), candidate_(posting), options_(options), directory_(directory), now_(now) {}

  Result<Disposition> give();

 private:
  Result<void> find_audience();
  Result<void> find_author_of_parent();
  Result<void> name_digest_readers();
  Result<void> find_letters();
  Result<void> write_to_moderators(LetterKind kind, const std::string& occasion);
  Result<void> write_to_author(LetterKind kind, const std::string& occasion);

  storm::Facts facts_;
  const Candidate& candidate_;
  const storm::GuardOptions& options_;
  Directory& directory_;
  Instant now_;
  Disposition disposition_;
};

Result<void> Verdicts::find_author_of_parent() {
  Judgement& judgement = disposition_.judgement;
  auto author = directory_.author_of(*candidate_.list, parent_of(facts_));
  if (!author) return author.error();
  const auto address = mail::parse_address(*author);
  auto standing =
      address ? directory_.standing(*candidate_.list, *address) : Result<lists::Standing>(lists::Standing{});
  if (!standing) return standing.error();
  // Only to who belongs to the list: a From field can name anybody, and who answers it would write to them.
  if (!standing->member && !standing->moderator && !standing->owner && !standing->poster) {
    judgement.verdict = Verdict::hold;
    judgement.reason += "; whom it answers is not known to be of this list, so it waits for a moderator";
    return {};
  }
  auto people = directory_.people({*address});
  if (!people) return people.error();
  disposition_.audience = std::move(*people);
  return {};
}

Result<void> Verdicts::find_audience() {
  Judgement& judgement = disposition_.judgement;
  // A question to an address that nobody has verified is backscatter.
  if (judgement.verdict == Verdict::confirm && !candidate_.author_reachable) {
    judgement.verdict = Verdict::hold;
    judgement.approvals = std::max(storm::moderators_needed(candidate_.list->guard, facts_.audience), 1);
    judgement.reason += "; From and reverse-path differ, so a moderator is asked instead";
  }
  if (judgement.verdict == Verdict::divert) {
    if (auto found = find_author_of_parent(); !found) return found;
  }
  if (judgement.verdict == Verdict::divert) return {};
  const bool wanted = judgement.verdict == Verdict::distribute || judgement.verdict == Verdict::confirm;
  if (wanted && !candidate_.confirmed) {
    auto audience = directory_.audience(*candidate_.list);
    if (!audience) return audience.error();
    disposition_.audience = std::move(*audience);
  } else {
    disposition_.audience.recipients = facts_.audience;
  }
  return {};
}

// Whoever decides about the audience is told of all who will read it.
Result<void> Verdicts::name_digest_readers() {
  Judgement& judgement = disposition_.judgement;
  const bool of_audience = judgement.verdict == Verdict::distribute ||
                           judgement.defence == Defence::standing || judgement.defence == Defence::drift ||
                           judgement.defence == Defence::reply_policy ||
                           judgement.defence == Defence::limiter;
  if (!of_audience) return {};
  auto readers = directory_.digest_readers(*candidate_.list);
  if (!readers) return readers.error();
  judgement.reason += digest_readers_text(*readers);
  return {};
}

Result<void> Verdicts::write_to_moderators(LetterKind kind, const std::string& occasion) {
  return pipeline::write_to_moderators(kind, occasion, *candidate_.list, directory_, now_,
                                       disposition_.letters);
}

Result<void> Verdicts::write_to_author(LetterKind kind, const std::string& occasion) {
  if (!candidate_.author_reachable || !facts_.suspect.empty()) return {};
  auto may = storm::may_tell(facts_.list, storm::Notice::to_sender, occasion + candidate_.author.key,
                             directory_.memory(), now_);
  if (!may) return may.error();
  if (*may) disposition_.letters.push_back({kind, candidate_.author});
  return {};
}

Result<void> Verdicts::find_letters() {
  const Judgement& judgement = disposition_.judgement;
  if (judgement.opened) {
    const auto told = write_to_moderators(LetterKind::storm, "storm " + judgement.thread);
    if (!told) return told;
  }
  if (judgement.verdict == Verdict::confirm) {
    disposition_.letters.push_back({LetterKind::confirm, candidate_.author});
    return {};
  }
  if (judgement.verdict != Verdict::hold) return {};
  if (judgement.wants_to_leave) return write_to_author(LetterKind::leave, "leave ");
  if (judgement.defence == Defence::drift) return write_to_moderators(LetterKind::drift, "drift");
  const bool moderated = judgement.defence == Defence::rule || judgement.defence == Defence::moderation;
  if (moderated || judgement.approvals > 0) {  // each of these is for them to decide
    auto told = write_to_moderators(LetterKind::moderation, "moderate " + facts_.message_id);
    if (!told || judgement.defence != Defence::rule) return told;
    // The file's owner wrote its reason for the sender; each rule has its own.
    return write_to_author(LetterKind::held, "rule " + std::to_string(candidate_.moderated->rule) + " ");
  }
  return write_to_author(LetterKind::held, "");
}

Result<Disposition> Verdicts::give() {
  facts_.list = directory_.id_of(*candidate_.list);
  auto size = directory_.audience_size(*candidate_.list);
  if (!size) return size.error();
  facts_.audience = *size;
  auto frozen = directory_.frozen(*candidate_.list);
  if (!frozen) return frozen.error();
  facts_.frozen = std::move(*frozen);
  facts_.confirmed = candidate_.confirmed;
  if (candidate_.moderated) {
    disposition_.judgement = held_by(*candidate_.moderated, *candidate_.list, facts_.audience);
  } else {
    auto judged = storm::judge(facts_, candidate_.list->guard, options_, directory_.memory(), now_);
    if (!judged) return judged.error();
    disposition_.judgement = std::move(*judged);
  }
  if (auto found = find_audience(); !found) return found.error();
  if (auto named = name_digest_readers(); !named) return named.error();
  if (auto found = find_letters(); !found) return found.error();
  return std::move(disposition_);
}

}  // namespace

std::string digest_readers_text(std::int64_t readers) {
  if (readers < 1) return {};
  return "; " + storm::grouped(readers) +
         (readers == 1 ? " more gets it by digest" : " more get it by digest");
}

std::string waiting_name(const Judgement& judgement) {
  if (judgement.verdict != Verdict::hold) return std::string(storm::name_of(judgement.verdict));
  if (judgement.defence == Defence::rule) return "rule";
  if (judgement.defence == Defence::moderation || judgement.approvals > 0) return "moderate";
  switch (judgement.defence) {
    case Defence::drift: return "drift";
    case Defence::leave_request: return "leave";
    case Defence::machine: return "machine";
    default: return "hold";
  }
}

Result<void> write_to_moderators(LetterKind kind, const std::string& occasion, const lists::List& list,
                                 Directory& directory, Instant now, std::vector<Letter>& letters) {
  auto moderators = directory.moderators(list);
  if (!moderators) return moderators.error();
  const ListId id = directory.id_of(list);
  for (const mail::Address& moderator : *moderators) {
    const auto sort = kind == LetterKind::moderation ? storm::Notice::of_posting : storm::Notice::of_list;
    auto may = storm::may_tell(id, sort, occasion + " " + moderator.key, directory.memory(), now);
    if (may && !*may && kind == LetterKind::moderation)
      may = storm::may_tell_of_rest(id, moderator.key, directory.memory(), now);
    if (!may) return may.error();
    if (*may) letters.push_back({kind, moderator});
  }
  return {};
}

Result<Disposition> give_verdict(storm::Facts facts, const Candidate& posting,
                                 const storm::GuardOptions& options, Directory& directory, Instant now) {
  return Verdicts(std::move(facts), posting, options, directory, now).give();
}

}  // namespace breakwater::pipeline
