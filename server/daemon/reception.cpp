#include "daemon/reception.h"

#include <memory>
#include <utility>

#include "daemon/bounce_booking.h"
#include "daemon/clock.h"
#include "daemon/command_mail.h"
#include "daemon/delivery_notice.h"
#include "daemon/digest_due.h"
#include "daemon/letters.h"
#include "daemon/mail_orders.h"
#include "daemon/store_directory.h"
#include "daemon/tally.h"
#include "log/log.h"
#include "store/dsn_request.h"
#include "store/hold.h"
#include "store/ledger.h"
#include "store/spool.h"
#include "storm/draft.h"

namespace breakwater::daemon {
namespace {

smtp::Reply reply_to(const Error& error) {
  if (error.fault == Fault::full) {  // RFC 5321 4.2.3: 452; the disk is full, or too many wait
    return {452, "4.3.1", "Cannot take the message now: out of space; send it again later"};
  }
  return {451, "4.3.0", "Cannot take the message now: local error; send it again later"};
}

store::Posting row_of(const pipeline::Planned& planned, const pipeline::Decision& decision,
                      const smtp::ReceivedMessage& message, const Running& running, MessageId id,
                      Instant now) {
  const bool is_posting = planned.kind == lists::SubAddress::posting;
  store::Posting row;
  row.id = planned.id;
  row.message = id;
  row.kind = is_posting ? store::PostingKind::list : store::PostingKind::owner;
  if (planned.list) row.list = running.lists.at(planned.list->address()).id;
  row.list_address = is_posting ? planned.list->address() : planned.address;
  row.sender = decision.author;
  if (const auto& path = message.envelope.reverse_path) row.reverse_path = path->text();
  // RFC 3461 4.1: who asked for no notification gets none. DSNs go to the stored reverse-path.
  const smtp::RecipientDsn& dsn = message.envelope.recipients.at(planned.recipient).dsn;
  if (dsn.never || !dsn.failure) row.reverse_path.clear();
  row.envid = message.envelope.envid;
  row.message_id = decision.message_id;
  row.subject = decision.subject;
  row.peer = message.peer.helo + "[" + message.peer.address + "]";
  row.verdict = planned.verdict;
  row.reason = planned.reason;
  row.thread = planned.judgement.thread;
  row.approvals = planned.judgement.approvals;
  if (planned.waits()) row.state = store::PostingState::held;
  if (planned.judgement.verdict == storm::Verdict::defer) row.until = planned.judgement.until;
  if (planned.judgement.verdict == storm::Verdict::confirm)
    row.until = now + planned.list->guard.confirm_within;
  row.received = now;
  row.size = static_cast<std::int64_t>(decision.bytes.size());
  row.recipients = planned.audience.recipients;
  return row;
}

// What is not taken leaves no trace in the guard's memory: else a posting with one bad recipient would count
// as often as somebody likes to send it.
class Tentative : public StoreDirectory {
 public:
  using StoreDirectory::StoreDirectory;
  storm::Memory& memory() override { return draft_; }
  Result<void> keep() { return draft_.keep(); }

 private:
  storm::Draft draft_{StoreDirectory::memory()};
};

}  // namespace

struct Reception::Work {
  Work(smtp::ReceivedMessage given, Done answer, std::shared_ptr<const Running> in_force)
      : message(std::move(given)),
        preview(pipeline::preview_of(message)),
        done(std::move(answer)),
        running(std::move(in_force)) {}
  Work(const Work&) = delete;

  const smtp::ReceivedMessage message;
  const pipeline::Preview preview;  // of it
  const Done done;
  const std::shared_ptr<const Running> running;
  pipeline::Decision decision;
  Effects effects;
  std::uint64_t spared = 0;  // copies that were not made
};

void Reception::receive(smtp::ReceivedMessage message, Done done) {
  auto work = std::make_shared<Work>(std::move(message), std::move(done), in_force_.get());
  store_.write([this, work](store::Connection& db) { return decide_and_write(*work, db); },
               [this, work](const Result<void>& written) { answer(*work, written); }, store::Repeat::may);
}

Result<void> Reception::decide_and_write(Work& work, store::Connection& db) {
  const Instant now = clock_now();
  work.effects = {};  // it may be the second run
  const config::Config& config = *work.running->config;
  Tentative directory(db, *work.running, &sizes_);
  WriteJob job{db, *work.running, sizes_, now, entropy_, work.effects};
  const pipeline::IntakeOptions options{config.hostname,
                                        &config.lists,
                                        config.limits.received_fields,
                                        bounce_mac_,
                                        {config.limits.deliveries_per_hour}};
  auto decided = pipeline::decide(work.message, work.preview, options, directory, now, entropy_);
  if (!decided) return decided.error();
  work.decision = std::move(*decided);
  pipeline::Decision& decision = work.decision;
  if (!decision.postings.empty()) {
    if (auto kept = directory.keep(); !kept) return kept;
  }
  work.spared = spared_by(decision, [&](const pipeline::Planned& planned) {
    // Intake has just asked for it, so it is known; if not, the plan's own number is the best there is.
    const auto size = directory.audience_size(*planned.list);
    return size ? *size : planned.audience.recipients;
  });
  if (auto written = write_postings(work, job); !written) return written;
  for (const pipeline::MailOrder& order : decision.orders) {
    auto done = obey(job, order, decision.message_id);
    if (!done) return done.error();
    decision.notes.push_back(std::move(*done));
  }
  for (const pipeline::MemberRequest& request : decision.requests) {
    auto done = answer_request(job, request, decision.message_id);
    if (!done) return done.error();
    decision.notes.push_back(std::move(*done));
  }
  const auto& path = work.message.envelope.reverse_path;
  for (const pipeline::Refused& refused : decision.refused) {
    auto added = store::add_refusal(db, {refused.id, now, work.message.peer.address, path ? path->text() : "",
                                         refused.recipient, refused.reply, refused.reason});
    if (!added) return added;
  }
  for (const pipeline::ReportedBounce& bounce : decision.bounces) {
    if (auto booked = book_bounce(work, db, bounce, now); !booked) return booked;
  }
  return {};
}

Result<void> Reception::write_postings(Work& work, WriteJob& job) {
  const pipeline::Decision& decision = work.decision;
  if (decision.postings.empty()) return {};
  // One message: its first posting's number is free for it.
  const MessageId id{decision.postings.front().id.value};
  if (auto added = store::add_message(job.db, {id, decision.bytes, job.now}); !added) return added;
  for (const pipeline::Planned& planned : decision.postings) {
    const auto row = row_of(planned, decision, work.message, job.running, id, job.now);
    const bool is_frozen = planned.judgement.verdict == storm::Verdict::confirm;
    auto added = planned.waits() ? store::add_held(job.db, row, is_frozen ? &planned.audience : nullptr)
                                 : store::add_posting(job.db, row, planned.audience,
                                                      job.now + job.running.config->retry.give_up_after);
    if (!added) return added;
    if (planned.kind == lists::SubAddress::posting &&
        planned.judgement.verdict == storm::Verdict::distribute) {
      auto kept = keep_for_digest(job, *planned.list, row, planned.audience.lists);
      if (!kept) return kept;
    }
    if (!planned.waits() && planned.audience.recipients > 0)
      job.effects.opened.emplace_back(planned.id, planned.audience.recipients);
    const About about{planned.list, &row, decision.own_text, &planned.audience};
    if (auto written = write_letters(job, about, planned.letters); !written) return written;
    if (planned.waits()) continue;  // whether it will be delivered is not known
    if (auto told = tell_of_success(work, job.db, planned, row, job.now); !told) return told;
  }
  return {};
}

// RFC 3461 5.2.7: with the mail taken, so that the report is as durable as what it tells of. And what a
// later report has to know is kept.
Result<void> Reception::tell_of_success(Work& work, store::Connection& db, const pipeline::Planned& planned,
                                        const store::Posting& row, Instant now) {
  const auto& envelope = work.message.envelope;
  const smtp::RecipientDsn& dsn = envelope.recipients.at(planned.recipient).dsn;
  if (row.kind == store::PostingKind::owner && !row.reverse_path.empty()) {  // a failure may be due a report
    auto kept = store::add_dsn_request(db, row.id, {dsn.orcpt, envelope.ret == "FULL"});
    if (!kept) return kept;
  }
  if (!dsn.success || !envelope.reverse_path) return {};
  const std::string to = envelope.reverse_path->text();
  if (!mail::parse_address(to)) return {};
  const smtp::Peer& peer = work.message.peer;
  const bool own = !peer.login.empty() || work.message.protocol == smtp::Protocol::lmtp;
  auto written = write_success_notice(db, row, to, own ? "" : peer.address, dsn.orcpt, work.message.bytes,
                                      *work.running, now, entropy_);
  if (!written) return written.error();
  entropy_ += 4;
  if (*written) work.effects.opened.emplace_back(**written, 1);
  return {};
}

// A bounce of mail that a person sent to a list's owners, come later than the delivery: that person is told,
// once.
Result<void> Reception::book_bounce(Work& work, store::Connection& db,
                                    const pipeline::ReportedBounce& reported, Instant now) {
  auto posting = store::posting(db, reported.posting);
  if (!posting) return posting.error();
  const store::Bounce bounce{work.running->lists.at(reported.list->address()).id,
                             reported.posting,
                             reported.recipient,
                             now,
                             reported.status,
                             reported.diagnostic};
  const bool by_person = reported.is_signed && *posting && (*posting)->kind == store::PostingKind::owner &&
                         (*posting)->state == store::PostingState::done;
  auto earlier = by_person ? store::bounces(db, bounce.posting) : std::vector<store::Bounce>();
  if (!earlier) return earlier.error();
  const Witness witness = reported.is_signed ? Witness::signed_path : Witness::plain_path;
  if (auto booked = book_bounces(db, *work.running, {bounce}, witness, now); !booked) return booked;
  if (!by_person || !earlier->empty()) return {};
  auto notice = write_failure_notice(db, bounce.posting, *work.running, now, entropy_);
  if (!notice) return notice.error();
  entropy_ += 4;
  if (*notice) work.effects.opened.emplace_back(**notice, 1);
  return {};
}

void Reception::answer(Work& work, const Result<void>& written) {
  using log::Level;
  const auto& envelope = work.message.envelope;
  const std::string sender = envelope.reverse_path ? envelope.reverse_path->text() : "<>";
  if (!written) {
    const smtp::Reply reply = reply_to(written.error());
    log::event(Level::error, "not_accepted",
               {{"peer", work.message.peer.address},
                {"sender", sender},
                {"reply", reply.code},
                {"reason", written.error().what}});
    const bool lmtp = work.message.protocol == smtp::Protocol::lmtp;
    work.done(std::vector<smtp::Reply>(lmtp ? envelope.recipients.size() : 1, reply));
    return;
  }
  pipeline::Decision& decision = work.decision;
  work.done(std::move(decision.replies));
  tell_(work.effects);
  count_decision(metrics_, decision, work.spared);
  for (const pipeline::Planned& planned : decision.postings) {
    log::event(Level::info, planned.waits() ? "held" : "accepted",
               {{"posting", format_id(planned.id)},
                {"verdict", planned.verdict},
                {"reason", planned.reason},
                {"list", planned.address},
                {"sender", sender},
                {"author", decision.author},
                {"peer", work.message.peer.address},
                {"bytes", decision.bytes.size()},
                {"recipients", planned.audience.recipients},
                {"domains", planned.audience.domains},
                {"message_id", decision.message_id},
                {"subject", decision.subject}});
  }
  for (const pipeline::Refused& refused : decision.refused) {
    log::event(Level::info, refused.discarded ? "discarded" : "refused",
               {{"reference", format_id(refused.id)},
                {"to", refused.recipient},
                {"sender", sender},
                {"peer", work.message.peer.address},
                {"reason", refused.reason}});
  }
  for (const std::string& note : decision.notes) {
    log::event(Level::info, "not_distributed",
               {{"sender", sender},
                {"peer", work.message.peer.address},
                {"message_id", decision.message_id},
                {"reason", note}});
  }
  for (const pipeline::ReportedBounce& bounce : decision.bounces) {
    log::event(Level::info, "bounced",
               {{"posting", format_id(bounce.posting)},
                {"list", bounce.list->address()},
                {"status", bounce.status},
                {"reply", bounce.diagnostic}});
  }
}

}  // namespace breakwater::daemon
