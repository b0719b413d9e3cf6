#include "pipeline/intake.h"

#include <algorithm>
#include <map>
#include <utility>

#include "mail/header_block.h"
#include "mail/message.h"
#include "pipeline/distribute.h"
#include "pipeline/senders.h"
#include "pipeline/trace_fields.h"
#include "storm/notices.h"

namespace breakwater::pipeline {
namespace {

using lists::SubAddress;
using smtp::Reply;

// What is decided for one recipient. A reason without a plan is a refusal or, with a 250, mail that goes no
// further.
struct Answer {
  Reply reply;
  std::string reason;
  std::optional<Planned> planned;
  std::vector<ReportedBounce> bounces;
  std::optional<MailOrder> order;
  std::optional<MemberRequest> request;
  bool by_machine_barrier = false;
  bool discarded = false;
  RefusalId discard_id{};  // of what a rule discards
};

// One person's postings that wait for their own confirmation, over all lists: whoever forges more than these
// is refused, and the mailbox of who was forged is not filled with questions. (Over a day: storm::may_ask.)
constexpr std::int64_t kAwaiting = 5;

// What one list holds at once. No storm that people made had a tenth of it: more is a flood, and its sender's
// server can keep it better than we can. One author: nobody has 200 messages to one list for its moderators.
constexpr std::int64_t kHeldPostings = 10'000;
constexpr std::int64_t kHeldBytes = std::int64_t{1} << 30;
constexpr std::int64_t kHeldOfAuthor = 200;

Answer refuse(int code, std::string enhanced, std::string text) {
  Answer answer;
  answer.reason = text;
  answer.reply = Reply{code, std::move(enhanced), std::move(text)};
  return answer;
}

constexpr int kBounceTargets = 5;  // of one message

class Intake {
 public:
  Intake(const smtp::ReceivedMessage& message, const Preview& preview, const IntakeOptions& options,
         Directory& directory, Instant now, std::uint64_t& entropy)
      : message_(message),
        preview_(preview),
        options_(options),
        directory_(directory),
        now_(now),
        entropy_(entropy),
        block_(preview.block),
        senders_(preview.senders) {
    decision_.author = preview.author;
    decision_.message_id = preview.reading.facts.message_id;
    decision_.subject = preview.reading.facts.subject;
  }

  Result<Decision> run();

 private:
  Result<Answer> answer_for(const smtp::Mailbox& to);
  Result<Answer> to_list(const lists::List& list);
  Result<Answer> to_people(const lists::Target& target, const std::string& address);
  Result<Answer> to_bounces(const lists::Target& target);
  Result<std::vector<ReportedBounce>> named_in(const std::vector<mail::BouncedRecipient>& failures,
                                               const lists::Target& target, const BounceToken& token);
  Result<Answer> to_request(const lists::Target& target);
  Result<Answer> to_membership(const lists::Target& target);
  Result<std::optional<Answer>> unwelcome(const lists::List& list);
  Result<std::optional<lists::RuleMatch>> moderation(const lists::List& list, const lists::Standing& rights);
  Answer discard(std::string reason);
  Result<Answer> judged(const lists::List& list, const storm::Facts& facts,
                        std::optional<lists::RuleMatch> moderated);
  Result<std::optional<Answer>> too_much_held(const lists::List& list);
  Result<std::optional<Answer>> too_many_questions();
  std::string named(const smtp::Mailbox& to) const;
  std::string without_token(const smtp::Mailbox& to) const;
  bool author_is_reachable() const;
  std::optional<Answer> unfit() const;
  std::optional<Answer> unreadable() const;
  bool has_mark(std::string_view address) const;
  Planned plan(SubAddress kind, const lists::List* list, std::string address, lists::Audience audience);
  void settle_replies(std::vector<Answer>& answers);
  void note_refusal(Answer& answer, const std::string& recipient);

  const smtp::ReceivedMessage& message_;
  const Preview& preview_;
  const IntakeOptions& options_;
  Directory& directory_;
  Instant now_;
  std::uint64_t& entropy_;
  const mail::HeaderBlock& block_;
  const std::vector<mail::Address>& senders_;
  std::int64_t asked_ = 0;  // confirmations, for this message
  int bounce_targets_ = 0;
  Decision decision_;
};

// Refused whoever it is for.
std::optional<Answer> Intake::unfit() const {
  if (block_.count("Received") > options_.received_fields) {
    return refuse(554, "5.4.6", "Loop: the message has been through too many servers (Received fields)");
  }
  if (block_.overfull())
    return refuse(550, "5.6.0", "Refused: the message has too many header fields to be read");
  return std::nullopt;
}

std::optional<Answer> Intake::unreadable() const {
  if (auto problem = unfit()) return problem;
  if (!preview_.from_problem.empty()) return refuse(550, "5.6.0", "Refused: " + preview_.from_problem);
  if (message_.submission && senders_.front().key != message_.peer.login) {
    return refuse(550, "5.7.1", "From must be the address you logged in with, " + message_.peer.login);
  }
  return std::nullopt;
}

bool Intake::has_mark(std::string_view address) const {
  return std::any_of(block_.fields().begin(), block_.fields().end(), [&](const mail::Field& field) {
    return field.is(kLoopField) && field.unfolded() == address;
  });
}

Planned Intake::plan(SubAddress kind, const lists::List* list, std::string address,
                     lists::Audience audience) {
  Planned planned;
  planned.id = PostingId{make_id(now_, entropy_++)};
  planned.kind = kind;
  planned.list = list;
  planned.address = std::move(address);
  planned.audience = std::move(audience);
  return planned;
}

// What keeps a message from a list whatever it says.
Result<std::optional<Answer>> Intake::unwelcome(const lists::List& list) {
  if (auto problem = unreadable()) return problem;
  if (has_mark(list.address())) {
    return std::optional(
        refuse(554, "5.4.6", "Loop: the message has been through " + list.address() + " before"));
  }
  if (message_.bytes.size() > list.max_message_bytes) {
    return std::optional(refuse(552, "5.2.3",
                                "The message is larger than " + list.address() + " takes (" +
                                    std::to_string(list.max_message_bytes) + " bytes)"));
  }
  if (decision_.message_id.empty()) return std::optional<Answer>();
  auto before = directory_.distributed_before(list, decision_.message_id);
  if (!before) return before.error();
  if (!*before) return std::optional<Answer>();
  // The sender's server did not hear our 250 and came again: it must hear it now, the members not.
  Answer answer;
  answer.reply = Reply{250, "2.0.0", "Ok: a message with this Message-ID has been here already"};
  answer.reason = "duplicate: its Message-ID was posted to this list before";
  answer.discarded = true;
  return std::optional(std::move(answer));
}

bool Intake::author_is_reachable() const {
  return senders_.size() > 1 && senders_.front() == senders_.back();
}

Result<Answer> Intake::to_list(const lists::List& list) {
  auto problem = unwelcome(list);
  if (!problem) return problem.error();
  if (*problem && !(*problem)->reply.positive()) return std::move(**problem);
  auto rights = standing_of(senders_, list, directory_);
  if (!rights) return rights.error();
  auto barred = is_barred(senders_.front(), list, directory_);
  if (!barred) return barred.error();
  if (!lists::may_post(list, *rights)) {
    Answer answer = refuse(550, "5.7.1",
                           senders_.front().mailbox + " may not post to " + list.address() + ": " +
                               lists::who_may_post(list) + ". Questions: " + list.sub_address("owner"));
    // Not said to the sender, as nobody is told so who asks to join; but who looks for it finds it.
    if (*barred) answer.reason = senders_.front().mailbox + " is banned from " + list.address();
    return answer;
  }
  if (*barred) {
    return refuse(550, "5.7.1",
                  senders_.front().mailbox + " may not post to " + list.address() +
                      ": this address is banned from it. Questions: " + list.sub_address("owner"));
  }
  if (*problem) return std::move(**problem);
  Reading reading = preview_.reading;
  if (rights->poster && reading.facts.automatic) {  // it may be a program's
    reading = read_facts(block_, senders_.front().key, {!message_.envelope.reverse_path, rights->poster});
  }
  decision_.own_text = reading.facts.body;
  if (reading.facts.automatic) {
    Answer answer = refuse(550, "5.7.1", "A list takes no automatic messages: " + reading.machine_reason);
    answer.by_machine_barrier = true;
    return answer;
  }
  // A From field is easily forged: only who has logged in is taken for a moderator without being asked.
  reading.facts.trusted = message_.submission && (rights->moderator || rights->owner);
  auto moderated = moderation(list, *rights);
  if (!moderated) return moderated.error();
  if (*moderated && (*moderated)->action == lists::RuleAction::refuse) {
    return refuse(550, "5.7.1", list.address() + " did not take the message: " + (*moderated)->reason);
  }
  if (*moderated && (*moderated)->action == lists::RuleAction::discard) {
    return discard("rule " + std::to_string((*moderated)->rule + 1) + " of " + list.address() + ": " +
                   (*moderated)->reason);
  }
  return judged(list, reading.facts, std::move(*moderated));
}

// What nobody asks for is not looked up: most lists have no rules.
Result<std::optional<lists::RuleMatch>> Intake::moderation(const lists::List& list,
                                                           const lists::Standing& rights) {
  lists::ModerationState state;
  auto emergency = directory_.holds_all(list);
  if (!emergency) return emergency.error();
  auto sender = moderation_of(senders_, list, directory_);
  if (!sender) return sender.error();
  state.emergency = *emergency;
  state.by_default = list.moderate;
  state.sender = *sender;
  // A From field is easily forged, so that a moderator's word has to be known for one.
  state.staff = rights.poster || (message_.submission && (rights.moderator || rights.owner));
  if (list.moderate == lists::Moderate::newcomers || lists::asks_for_first_post(list.rules)) {
    auto posted = directory_.has_posted(list, senders_.front());
    if (!posted) return posted.error();
    state.newcomer = !*posted;
  }
  lists::MessageFacts facts;
  if (!list.rules.empty()) {
    facts = lists::facts_of(list.rules, message_.bytes, block_, senders_.front().key, state.newcomer);
  }
  return lists::moderate(list.rules, facts, state);
}

// Answered like what goes out, and with a reference: its sender must not learn more than that it came.
Answer Intake::discard(std::string reason) {
  Answer answer;
  answer.discard_id = RefusalId{make_id(now_, entropy_++)};
  answer.reply = Reply{250, "2.0.0", "Ok: queued as " + format_id(answer.discard_id)};
  answer.reason = std::move(reason);
  answer.discarded = true;
  return answer;
}

std::string held_text(const Planned& planned) {
  const std::string id = format_id(planned.id);
  if (planned.judgement.verdict == storm::Verdict::confirm)
    return "Ok: kept as " + id + " until its sender confirms it by the mail that was sent now";
  if (planned.judgement.verdict == storm::Verdict::defer) return "Ok: queued for later as " + id;
  if (planned.judgement.defence == storm::Defence::rule)
    return "Ok: held for a moderator as " + id + ": " + planned.reason;
  return "Ok: held for a moderator as " + id;
}

Result<Answer> Intake::judged(const lists::List& list, const storm::Facts& facts,
                              std::optional<lists::RuleMatch> moderated) {
  const Candidate posting{&list, senders_.front(), author_is_reachable(), false, std::move(moderated)};
  auto disposition = give_verdict(facts, posting, options_.guard, directory_, now_);
  if (!disposition) return disposition.error();
  storm::Judgement& judgement = disposition->judgement;
  if (judgement.verdict == storm::Verdict::refuse) return refuse(550, "5.7.1", judgement.reason);
  if (judgement.verdict == storm::Verdict::discard) {
    Answer answer;
    answer.reply = Reply{250, "2.0.0", "Ok: not distributed"};
    answer.reason = judgement.reason;
    answer.discarded = true;
    return answer;
  }
  Answer answer;
  answer.planned = plan(SubAddress::posting, &list, list.address(), std::move(disposition->audience));
  Planned& planned = *answer.planned;
  planned.verdict = waiting_name(judgement);
  planned.reason = judgement.reason.empty()
                       ? lists::who_may_post(list) + "; " + senders_.front().mailbox + " may"
                       : judgement.reason;
  planned.judgement = std::move(judgement);
  planned.letters = std::move(disposition->letters);
  if (!planned.waits()) return answer;
  auto full = too_much_held(list);
  if (!full) return full.error();
  if (*full) return std::move(**full);
  if (planned.judgement.verdict != storm::Verdict::confirm || message_.submission) return answer;
  auto refused = too_many_questions();
  if (!refused) return refused.error();
  if (*refused) return std::move(**refused);
  return answer;
}

Result<std::optional<Answer>> Intake::too_much_held(const lists::List& list) {
  const mail::Address& author = senders_.front();
  auto held = directory_.held(list, author);
  if (!held) return held.error();
  const auto bytes = static_cast<std::int64_t>(message_.bytes.size());
  if (held->postings >= kHeldPostings || held->bytes > kHeldBytes - bytes) {
    return std::optional(refuse(
        452, "4.3.1", "Too many messages are held for " + list.address() + "; its moderators decide first"));
  }
  if (held->of_author < kHeldOfAuthor) return std::optional<Answer>();
  return std::optional(refuse(452, "4.3.1",
                              "Too many messages from " + author.mailbox + " are held for " + list.address() +
                                  "; its moderators decide first"));
}

// A confirmation is asked of whom From and reverse-path name, and both are easily forged. Who has logged in
// is not asked about: they are who they say, and must not suffer from what others send in their name.
Result<std::optional<Answer>> Intake::too_many_questions() {
  const mail::Address& author = senders_.front();
  auto awaiting = directory_.awaiting(author);
  if (!awaiting) return awaiting.error();
  const std::int64_t waiting = *awaiting + asked_;
  if (waiting >= kAwaiting) {
    return std::optional(refuse(550, "5.7.1",
                                std::to_string(waiting) +
                                    " messages of yours wait for your confirmation: confirm or cancel those "
                                    "first"));
  }
  auto may = storm::may_ask(author.key, directory_.memory(), now_);
  if (!may) return may.error();
  if (!*may) {
    return std::optional(refuse(450, "4.7.1",
                                author.mailbox + " has been sent too many questions for confirmation today; "
                                                 "send it again tomorrow, or log in to send it"));
  }
  ++asked_;
  return std::optional<Answer>();
}

Result<Answer> Intake::to_request(const lists::Target& target) {
  if (auto problem = unfit()) return std::move(*problem);
  Answer answer;
  answer.reply = Reply{250, "2.0.0", "Ok: noted"};
  const Reading& reading = preview_.reading;
  if (senders_.empty() || reading.facts.automatic || !reading.facts.suspect.empty()) {
    answer.reason = "an automatic message carries out no command";
    return answer;
  }
  answer.order =
      MailOrder{target.list, lists::lower_case(target.detail), read_order(message_.bytes), senders_};
  return answer;
}

// A robot is not answered, or two of them write to one another for ever; nor is a bounce.
Result<Answer> Intake::to_membership(const lists::Target& target) {
  if (auto problem = unreadable()) return std::move(*problem);
  Answer answer;
  answer.reply = Reply{250, "2.0.0", "Ok: noted"};
  const Reading& reading = preview_.reading;
  if (reading.facts.automatic || !reading.facts.suspect.empty()) {
    answer.reason = "an automatic message carries out no command";
    return answer;
  }
  MemberRequest& request = answer.request.emplace();
  request.list = target.list;
  request.to = target.kind;
  request.sender = senders_.front();
  request.sender_name = preview_.author_name;
  request.source = senders_.back().key;
  if (message_.peer.login.empty()) request.client = message_.peer.address;
  request.proved = message_.submission;
  request.backed = request.proved || author_is_reachable();
  if (target.kind == SubAddress::request)
    request.commands = lists::read_commands(message_.bytes, {target.list, options_.lists});
  if (target.kind == SubAddress::confirm) {
    request.token = lists::lower_case(target.detail);
    request.reply = read_token_reply(message_.bytes);
  }
  return answer;
}

Result<Answer> Intake::to_people(const lists::Target& target, const std::string& address) {
  if (auto problem = unfit()) return std::move(*problem);
  if (has_mark(address)) {
    return refuse(554, "5.4.6", "Loop: the message has been through " + address + " before");
  }
  auto people = target.list ? directory_.owners(*target.list) : directory_.postmasters();
  if (!people) return people.error();
  if (people->recipients == 0) {
    return refuse(550, "5.1.1",
                  "Nobody is behind " + address + ": its list names no owner, the server no postmaster");
  }
  Answer answer;
  answer.planned = plan(target.kind, target.list, address, std::move(*people));
  answer.planned->verdict = "relay";
  answer.planned->reason = target.list ? "mail for the list's owners" : "mail for the postmaster";
  return answer;
}

// Whom the failures name, where the token does not: members who were sent this posting. Others a forger made
// up, or they are behind a member's own forwarding.
Result<std::vector<ReportedBounce>> Intake::named_in(const std::vector<mail::BouncedRecipient>& failures,
                                                     const lists::Target& target, const BounceToken& token) {
  std::vector<ReportedBounce> named;
  std::vector<AddressId> ids;
  for (const mail::BouncedRecipient& failure : failures) {
    const auto address = mail::parse_address(failure.address);
    if (!address) continue;
    auto found = directory_.find(address->key);
    if (!found) return found.error();
    if (!*found) continue;
    ids.push_back(**found);
    named.push_back(
        {target.list, token.posting, **found, failure.status, failure.diagnostic, token.is_signed});
  }
  auto known = directory_.among_recipients(token.posting, std::move(ids));
  if (!known) return known.error();
  std::erase_if(named, [&](const ReportedBounce& bounce) {
    return std::find(known->begin(), known->end(), bounce.recipient) == known->end();
  });
  return named;
}

Result<Answer> Intake::to_bounces(const lists::Target& target) {
  Answer answer;
  answer.reply = Reply{250, "2.0.0", "Ok: noted"};
  answer.reason = "a bounce that names no posting of this list";
  const auto token = read_bounce_token(target.detail, options_.bounce_mac);
  if (!token) return answer;
  auto list = directory_.list_of(token->posting);
  if (!list) return list.error();
  if (!*list || **list != target.list->address()) return answer;
  answer.reason = "a bounce to an address without its signature: anybody could have written it";
  if (!token->is_signed && signs_bounces(*target.list)) return answer;
  // A bounce is sent to one address. Many are somebody's who wants to be answered for each.
  answer.reason = "a bounce to many addresses";
  if (++bounce_targets_ > kBounceTargets) return answer;
  answer.reason = "a bounce of a copy that was sent too long ago to be believed (bounces.accept_for)";
  constexpr Duration kDay = std::chrono::hours{24};  // the token knows the day, not the hour
  if (now_ > token->sent + kDay + target.list->bounces.accept_for) return answer;
  answer.reason = "a bounce that reports no failure";
  const auto& failures = preview_.failures;
  if (failures.empty()) return answer;
  if (token->recipient) {  // it names one recipient, whatever the message claims
    const mail::BouncedRecipient& first = failures.front();
    answer.bounces.push_back(
        {target.list, token->posting, token->recipient, first.status, first.diagnostic, true});
  } else {
    auto named = named_in(failures, target, *token);
    if (!named) return named.error();
    answer.bounces = std::move(*named);
  }
  answer.reason = answer.bounces.empty() ? "a bounce that names nobody who was sent the posting" : "a bounce";
  return answer;
}

Result<Answer> Intake::answer_for(const smtp::Mailbox& to) {
  const auto target = lists::find_target(*options_.lists, options_.hostname, to.local, to.domain);
  if (!target) return refuse(550, "5.1.1", "No such list here: " + to.text());  // gone since RCPT: a reload
  switch (target->kind) {
    case SubAddress::posting: return to_list(*target->list);
    case SubAddress::bounces: return to_bounces(*target);
    case SubAddress::owner: return to_people(*target, target->list->sub_address("owner"));
    case SubAddress::request: return target->detail.empty() ? to_membership(*target) : to_request(*target);
    case SubAddress::join:
    case SubAddress::leave:
    case SubAddress::confirm: return to_membership(*target);
    case SubAddress::postmaster: return to_people(*target, "postmaster@" + options_.hostname);
  }
  return refuse(550, "5.1.1", "No such list here: " + to.text());
}

void Intake::note_refusal(Answer& answer, const std::string& recipient) {
  const RefusalId id{make_id(now_, entropy_++)};
  answer.reply.text += " [" + format_id(id) + "]";
  decision_.refused.push_back(
      {id, false, answer.by_machine_barrier, recipient, answer.reply.wire(), answer.reason});
}

// SMTP has one answer for all recipients of a message. Where one of them refuses, nothing is posted to any:
// accepting a part would leave the rest to be told by a bounce, and a bounce to an address nobody has
// verified is backscatter.
void Intake::settle_replies(std::vector<Answer>& answers) {
  const auto& recipients = message_.envelope.recipients;
  for (std::size_t at = 0; at < answers.size(); ++at) {
    if (!answers[at].reply.positive()) note_refusal(answers[at], without_token(recipients[at].mailbox));
    if (answers[at].planned) {
      answers[at].planned->recipient = at;
      const Planned& planned = *answers[at].planned;
      answers[at].reply = Reply{
          250, "2.0.0", planned.waits() ? held_text(planned) : "Ok: queued as " + format_id(planned.id)};
    }
  }
  const auto refusal =
      std::find_if(answers.begin(), answers.end(), [](const Answer& a) { return !a.reply.positive(); });
  if (message_.protocol == smtp::Protocol::lmtp) {
    for (const Answer& answer : answers) decision_.replies.push_back(answer.reply);
  } else if (refusal == answers.end()) {
    decision_.replies.push_back(answers.front().reply);
  } else {
    Reply reply = refusal->reply;
    if (answers.size() > 1)
      reply.text += "\nNothing was sent to any of the " + std::to_string(answers.size()) +
                    " recipients; send to the others without this one";
    decision_.replies.push_back(std::move(reply));
    return;
  }
  for (std::size_t at = 0; at < answers.size(); ++at) {
    Answer& answer = answers[at];
    decision_.discarded += answer.discarded;
    if (answer.discard_id.value != 0) {
      decision_.refused.push_back({answer.discard_id, true, false, without_token(recipients[at].mailbox),
                                   answer.reply.wire(), std::exchange(answer.reason, {})});
    }
    if (answer.planned)
      decision_.postings.push_back(std::move(*answer.planned));
    else if (answer.reply.positive() && !answer.reason.empty())
      decision_.notes.push_back(std::move(answer.reason));
    if (answer.order) decision_.orders.push_back(std::move(*answer.order));
    if (answer.request) decision_.requests.push_back(std::move(*answer.request));
    std::move(answer.bounces.begin(), answer.bounces.end(), std::back_inserter(decision_.bounces));
  }
}

// Who reads the log or the store's refusals is not to act for whom the token was sent to.
std::string Intake::without_token(const smtp::Mailbox& to) const {
  const auto target = lists::find_target(*options_.lists, options_.hostname, to.local, to.domain);
  if (!target || target->detail.empty()) return to.text();
  if (target->kind == SubAddress::confirm) return target->list->sub_address("confirm");
  return target->kind == SubAddress::request ? target->list->sub_address("request") : to.text();
}

// What a recipient means, however it is spelled: else a hundred spellings of one address (tech-owner+1,
// tech-owner+2) were a hundred copies for each owner. Where what stands behind the + says something, it is
// another recipient.
std::string Intake::named(const smtp::Mailbox& to) const {
  const auto target = lists::find_target(*options_.lists, options_.hostname, to.local, to.domain);
  const bool detailed =
      target && (target->kind == SubAddress::bounces || target->kind == SubAddress::confirm ||
                 (target->kind == SubAddress::request && !target->detail.empty()));
  if (!target || detailed) return lists::lower_case(to.text());
  const std::string kind = std::to_string(static_cast<int>(target->kind));
  return kind + " " + (target->list ? target->list->address() : std::string());
}

Result<Decision> Intake::run() {
  std::vector<Answer> answers;
  std::map<std::string, std::size_t> first;  // a list named twice is posted to once
  for (const auto& recipient : message_.envelope.recipients) {
    const auto [known, is_new] = first.emplace(named(recipient.mailbox), answers.size());
    if (!is_new) {
      Answer again;
      again.reply = Reply{250, "2.0.0", "Ok: named twice, sent once"};
      if (!answers[known->second].reply.positive()) again.reply = answers[known->second].reply;
      answers.push_back(std::move(again));
      continue;
    }
    auto answer = answer_for(recipient.mailbox);
    if (!answer) return answer.error();
    answers.push_back(std::move(*answer));
  }
  settle_replies(answers);
  if (!decision_.postings.empty()) {
    const std::string id = format_id(decision_.postings.front().id);
    decision_.bytes = with_trace_fields(message_, block_, options_.hostname, id, now_, entropy_++);
    if (decision_.message_id.empty()) {  // it has one now
      const auto block = mail::HeaderBlock::parse(decision_.bytes);
      if (const auto* made = block.find("Message-ID")) decision_.message_id = made->unfolded();
    }
  }
  return std::move(decision_);
}

}  // namespace

Result<Decision> decide(const smtp::ReceivedMessage& message, const Preview& preview,
                        const IntakeOptions& options, Directory& directory, Instant now,
                        std::uint64_t& entropy) {
  return Intake(message, preview, options, directory, now, entropy).run();
}

}  // namespace breakwater::pipeline
