#include "daemon/rejudge.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "daemon/hands.h"
#include "daemon/letters.h"
#include "daemon/store_directory.h"
#include "mail/header_block.h"
#include "pipeline/facts.h"
#include "pipeline/verdict.h"
#include "store/hold.h"
#include "storm/guard.h"
#include "storm/notices.h"

namespace breakwater::daemon {
namespace {

using storm::Verdict;

class Rejudgement {
 public:
  Rejudgement(WriteJob& job, const lists::List& list, const store::Posting& posting, Again why)
      : job_(job), list_(list), posting_(posting), why_(why) {}

  Result<std::string> run();

 private:
  Result<pipeline::Disposition> judge(const mail::Address& author);
  Result<void> ask_at_most(const mail::Address& author, pipeline::Disposition& disposition);
  Result<std::string> carry_out(const pipeline::Disposition& disposition);
  Result<std::string> hold(const pipeline::Disposition& disposition);

  WriteJob& job_;
  const lists::List& list_;
  const store::Posting& posting_;
  Again why_;
  std::string own_text_;
};

// What the rules said of it they have said; that everything waits may be new.
Result<std::optional<lists::RuleMatch>> held_with_all(pipeline::Directory& directory,
                                                      const lists::List& list) {
  auto all = directory.holds_all(list);
  if (!all) return all.error();
  auto match = lists::moderate({}, {}, {.emergency = *all});
  if (match) match->rule = list.rules.size();
  return match;
}

Result<pipeline::Disposition> Rejudgement::judge(const mail::Address& author) {
  auto bytes = store::message_bytes(job_.db, posting_.message);
  if (!bytes) return bytes.error();
  StoreDirectory directory(job_.db, job_.running, &job_.sizes);
  auto standing = directory.standing(list_, author);
  if (!standing) return standing.error();
  auto reading =
      pipeline::read_facts(mail::HeaderBlock::parse(*bytes), author.key, {false, standing->poster});
  const bool confirmed = why_ == Again::confirmed;
  reading.facts.trusted = confirmed && (standing->moderator || standing->owner);
  reading.facts.automatic = false;  // it was taken: from here on only a person may stop it
  own_text_ = reading.facts.body;
  const auto sender = mail::parse_address(posting_.reverse_path);
  const bool reachable = confirmed || (sender && sender->key == author.key);
  auto moderated = held_with_all(directory, list_);
  if (!moderated) return moderated.error();
  return pipeline::give_verdict(std::move(reading.facts), {&list_, author, reachable, confirmed, *moderated},
                                {job_.running.config->limits.deliveries_per_hour}, directory, job_.now);
}

// Intake has not counted the question that this comes to: its From may be anybody's (pipeline/intake.cpp).
Result<void> Rejudgement::ask_at_most(const mail::Address& author, pipeline::Disposition& disposition) {
  storm::Judgement& judgement = disposition.judgement;
  if (judgement.verdict != Verdict::confirm || why_ == Again::confirmed) return {};
  StoreDirectory directory(job_.db, job_.running);
  auto may = storm::may_ask(author.key, directory.memory(), job_.now);
  if (!may) return may.error();
  if (*may) return {};
  judgement.verdict = Verdict::hold;
  judgement.approvals = std::max(storm::moderators_needed(list_.guard, disposition.audience.recipients), 1);
  judgement.reason += "; its author was asked often enough today, so it waits for a moderator";
  std::erase_if(disposition.letters,
                [](const pipeline::Letter& one) { return one.kind == pipeline::LetterKind::confirm; });
  return pipeline::write_to_moderators(pipeline::LetterKind::moderation, "moderate " + format_id(posting_.id),
                                       list_, directory, job_.now, disposition.letters);
}

Result<std::string> Rejudgement::hold(const pipeline::Disposition& disposition) {
  const storm::Judgement& judgement = disposition.judgement;
  std::optional<Instant> until;
  if (judgement.verdict == Verdict::defer) until = judgement.until;
  if (judgement.verdict == Verdict::confirm) until = job_.now + list_.guard.confirm_within;
  std::optional<std::int64_t>
      size;  // the audience that was frozen with it stays while it is still the list's
  if (disposition.audience.recipients != posting_.recipients) size = disposition.audience.recipients;
  auto kept = store::hold_anew(job_.db, posting_.id, pipeline::waiting_name(judgement), judgement.reason,
                               judgement.approvals, until, size);
  if (!kept) return kept.error();
  const bool asked = judgement.verdict == Verdict::hold &&
                     (judgement.approvals > 0 || judgement.defence == storm::Defence::moderation);
  return (asked ? "it waits all the same, now for a moderator: " : "it waits all the same: ") +
         judgement.reason;
}

Result<std::string> Rejudgement::carry_out(const pipeline::Disposition& disposition) {
  const storm::Judgement& judgement = disposition.judgement;
  if (judgement.verdict == Verdict::distribute) {
    const char* reason =
        why_ == Again::confirmed ? "confirmed by its sender" : "looked at again and found fit";
    auto released = release_posting(job_, posting_, reason);
    if (!released) return released.error();
    if (!released->kept_because.empty()) return "it waits all the same: " + released->kept_because;
    return "the message is on its way to " + std::to_string(released->recipients) + " people";
  }
  if (judgement.verdict == Verdict::divert) {
    auto begun = store::begin_delivery(job_.db, posting_.id, &disposition.audience, job_.now,
                                       job_.now + job_.running.config->retry.give_up_after, "divert",
                                       judgement.reason);
    if (!begun) return begun.error();
    job_.effects.opened.emplace_back(posting_.id, disposition.audience.recipients);
    return "it goes only to the author of the message it answers: " + judgement.reason;
  }
  return hold(disposition);
}

Result<std::string> Rejudgement::run() {
  const auto author = mail::parse_address(posting_.sender);
  if (!author) return author.error();
  auto disposition = judge(*author);
  if (!disposition) return disposition.error();
  if (auto asked = ask_at_most(*author, *disposition); !asked) return asked.error();
  auto outcome = carry_out(*disposition);
  if (!outcome) return outcome;
  store::Posting now_said = posting_;
  now_said.reason = disposition->judgement.reason;
  now_said.thread = disposition->judgement.thread;
  if (disposition->judgement.verdict != Verdict::divert)
    now_said.recipients = disposition->audience.recipients;
  const About about{&list_, &now_said, std::move(own_text_), &disposition->audience};
  if (auto written = write_letters(job_, about, disposition->letters); !written) return written.error();
  return outcome;
}

}  // namespace

Result<std::string> judge_again(WriteJob& job, const store::Posting& posting, Again why) {
  const auto list = job.running.lists_by_id.find(posting.list);
  if (list == job.running.lists_by_id.end()) {
    return error(Fault::not_found, "the list " + posting.list_address + " has no file any more");
  }
  return Rejudgement(job, *list->second, posting, why).run();
}

}  // namespace breakwater::daemon
