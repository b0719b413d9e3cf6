#include "pipeline/intake.h"

#include <algorithm>
#include <map>
#include <utility>

#include "mail/dsn.h"
#include "mail/header_block.h"
#include "mail/message.h"
#include "pipeline/distribute.h"
#include "pipeline/trace_fields.h"

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
};

Answer refuse(int code, std::string enhanced, std::string text) {
  Answer answer;
  answer.reason = text;
  answer.reply = Reply{code, std::move(enhanced), std::move(text)};
  return answer;
}

class Intake {
 public:
  Intake(const smtp::ReceivedMessage& message, const IntakeOptions& options, Directory& directory,
         Instant now, std::uint64_t& entropy)
      : message_(message),
        options_(options),
        directory_(directory),
        now_(now),
        entropy_(entropy),
        block_(mail::HeaderBlock::parse(message.bytes)) {}

  Result<Decision> run();

 private:
  void read_facts();
  Result<Answer> answer_for(const smtp::Mailbox& to);
  Result<Answer> to_list(const lists::List& list);
  Result<Answer> to_people(const lists::Target& target, const std::string& address);
  Result<Answer> to_bounces(const lists::Target& target);
  Result<bool> may_post(const lists::List& list);
  std::optional<Answer> unfit() const;
  std::optional<Answer> unreadable() const;
  bool has_mark(std::string_view address) const;
  Planned plan(SubAddress kind, const lists::List* list, std::string address, lists::Audience audience);
  void settle_replies(std::vector<Answer>& answers);
  void note_refusal(Answer& answer, const std::string& recipient);

  const smtp::ReceivedMessage& message_;
  const IntakeOptions& options_;
  Directory& directory_;
  Instant now_;
  std::uint64_t& entropy_;
  mail::HeaderBlock block_;
  std::vector<mail::Address> senders_;  // author, then envelope: either may have the right to post
  std::string from_problem_;
  Decision decision_;
};

void Intake::read_facts() {
  if (const auto* id = block_.find("Message-ID")) decision_.message_id = id->unfolded();
  if (const auto* subject = block_.find("Subject")) decision_.subject = mail::readable(subject->body, 200);
  // One From with one address: on anything else two programs may read two authors.
  const auto* from = block_.find("From");
  if (from == nullptr || block_.count("From") != 1) {
    from_problem_ =
        from == nullptr ? "the message has no From field" : "the message has more than one From field";
  } else if (auto authors = mail::parse_address_list(from->body); !authors || authors->size() != 1) {
    from_problem_ =
        authors ? "its From field must have exactly one address" : "its From field: " + authors.error().what;
  } else {
    senders_.push_back(authors->front().address);
    decision_.author = senders_.front().mailbox;
  }
  if (const auto& path = message_.envelope.reverse_path) {
    if (auto sender = mail::parse_address(path->text())) senders_.push_back(std::move(*sender));
  }
}

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
  if (!from_problem_.empty()) return refuse(550, "5.6.0", "Refused: " + from_problem_);
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

Result<bool> Intake::may_post(const lists::List& list) {
  for (const mail::Address& sender : senders_) {
    auto standing = directory_.standing(list, sender);
    if (!standing) return standing.error();
    if (lists::may_post(list, *standing)) return true;
  }
  return false;
}

Result<Answer> Intake::to_list(const lists::List& list) {
  if (auto problem = unreadable()) return std::move(*problem);
  if (has_mark(list.address())) {
    return refuse(554, "5.4.6", "Loop: the message has been through " + list.address() + " before");
  }
  if (message_.bytes.size() > list.max_message_bytes) {
    return refuse(552, "5.2.3",
                  "The message is larger than " + list.address() + " takes (" +
                      std::to_string(list.max_message_bytes) + " bytes)");
  }
  auto allowed = may_post(list);
  if (!allowed) return allowed.error();
  if (!*allowed) {
    return refuse(550, "5.7.1",
                  senders_.front().mailbox + " may not post to " + list.address() + ": " +
                      lists::who_may_post(list) + ". Questions: " + list.sub_address("owner"));
  }
  if (!decision_.message_id.empty()) {
    auto before = directory_.distributed_before(list, decision_.message_id);
    if (!before) return before.error();
    if (*before) {  // the sender's server did not hear our 250 and came again: it must hear it now, the
                    // members not
      Answer answer;
      answer.reply = Reply{250, "2.0.0", "Ok: a message with this Message-ID has been distributed already"};
      answer.reason = "duplicate: its Message-ID was distributed to this list before";
      return answer;
    }
  }
  auto audience = directory_.audience(list);
  if (!audience) return audience.error();
  Answer answer;
  answer.planned = plan(SubAddress::posting, &list, list.address(), std::move(*audience));
  answer.planned->verdict = "distribute";
  answer.planned->reason = lists::who_may_post(list) + "; " + senders_.front().mailbox + " may";
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

Result<Answer> Intake::to_bounces(const lists::Target& target) {
  Answer answer;
  answer.reply = Reply{250, "2.0.0", "Ok: noted"};
  answer.reason = "a bounce that names no posting of this list";
  const auto token = read_bounce_token(target.detail, options_.bounce_mac);
  if (!token) return answer;
  auto list = directory_.list_of(token->posting);
  if (!list) return list.error();
  if (!*list || **list != target.list->address()) return answer;
  answer.reason = "a bounce that reports no failure";
  const auto reported = mail::parse_dsn(message_.bytes);
  for (const auto& recipient : reported.value_or(std::vector<mail::ReportedRecipient>{})) {
    if (recipient.action != "failed") continue;  // delayed, relayed: not the end
    ReportedBounce bounce{target.list, token->posting, token->recipient, recipient.status,
                          recipient.diagnostic};
    if (!bounce.recipient) {
      const auto address = mail::parse_address(recipient.recipient);
      if (!address) continue;
      auto found = directory_.find(address->key);
      if (!found) return found.error();
      if (!*found) continue;
      bounce.recipient = **found;
    }
    answer.reason = "a bounce";
    answer.bounces.push_back(std::move(bounce));
    if (token->recipient) break;  // the token names one recipient, whatever else the message claims
  }
  return answer;
}

Result<Answer> Intake::answer_for(const smtp::Mailbox& to) {
  const auto target = lists::find_target(*options_.lists, options_.hostname, to.local, to.domain);
  if (!target) return refuse(550, "5.1.1", "No such list here: " + to.text());  // gone since RCPT: a reload
  switch (target->kind) {
    case SubAddress::posting: return to_list(*target->list);
    case SubAddress::bounces: return to_bounces(*target);
    case SubAddress::owner: return to_people(*target, target->list->sub_address("owner"));
    case SubAddress::request: return to_people(*target, target->list->sub_address("request"));
    case SubAddress::postmaster: return to_people(*target, "postmaster@" + options_.hostname);
  }
  return refuse(550, "5.1.1", "No such list here: " + to.text());
}

void Intake::note_refusal(Answer& answer, const std::string& recipient) {
  const RefusalId id{make_id(now_, entropy_++)};
  answer.reply.text += " [" + format_id(id) + "]";
  decision_.refused.push_back({id, recipient, answer.reply.wire(), answer.reason});
}

// SMTP has one answer for all recipients of a message. Where one of them refuses, nothing is posted to any:
// accepting a part would leave the rest to be told by a bounce, and a bounce to an address nobody has
// verified is backscatter.
void Intake::settle_replies(std::vector<Answer>& answers) {
  const auto& recipients = message_.envelope.recipients;
  for (std::size_t at = 0; at < answers.size(); ++at) {
    if (!answers[at].reply.positive()) note_refusal(answers[at], recipients[at].mailbox.text());
    if (answers[at].planned) {
      answers[at].planned->recipient = at;
      answers[at].reply = Reply{250, "2.0.0", "Ok: queued as " + format_id(answers[at].planned->id)};
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
  for (Answer& answer : answers) {
    if (answer.planned)
      decision_.postings.push_back(std::move(*answer.planned));
    else if (answer.reply.positive() && !answer.reason.empty())
      decision_.notes.push_back(std::move(answer.reason));
    std::move(answer.bounces.begin(), answer.bounces.end(), std::back_inserter(decision_.bounces));
  }
}

Result<Decision> Intake::run() {
  read_facts();
  std::vector<Answer> answers;
  std::map<std::string, std::size_t> first;  // a list named twice is posted to once
  for (const auto& recipient : message_.envelope.recipients) {
    const auto [known, is_new] = first.emplace(lists::lower_case(recipient.mailbox.text()), answers.size());
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

Result<Decision> decide(const smtp::ReceivedMessage& message, const IntakeOptions& options,
                        Directory& directory, Instant now, std::uint64_t& entropy) {
  return Intake(message, options, directory, now, entropy).run();
}

}  // namespace breakwater::pipeline
