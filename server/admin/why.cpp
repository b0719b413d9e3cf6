// why: one id, told in plain sentences. A posting's id and a refusal's reference look alike, so both are
// looked up.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "admin/answers.h"
#include "admin/request.h"
#include "lists/digest_readers.h"
#include "store/digests.h"
#include "store/directory.h"
#include "store/hold.h"
#include "store/ledger.h"
#include "store/spool.h"
#include "store/store.h"

namespace breakwater::admin {
namespace {

constexpr std::size_t kShownBounces = 10;
constexpr std::size_t kSearchedAudits = 10'000;  // of the list, the newest

std::string people(std::int64_t count) {
  return std::to_string(count) + (count == 1 ? " recipient" : " recipients");
}

std::string from_whom(const std::string& sender) {
  return sender.empty() ? "an automatic sender (<>)" : sender;
}

// A reply of several lines (RFC 5321 4.2.1) as the ledger keeps it, without the carriage returns.
std::string lines_of(std::string reply) {
  std::erase(reply, '\r');
  while (reply.ends_with('\n')) reply.pop_back();
  return reply;
}

std::string clock(Instant at) {
  std::string text = iso_time(at);
  if (text.size() == 20) text = text.substr(0, 10) + " " + text.substr(11, 8) + " UTC";
  return text;
}

std::string progress(const store::Posting& posting) {
  if (posting.state == store::PostingState::held) {
    std::string text = "It waits, and nobody has it yet; it would reach " + people(posting.recipients);
    if (posting.until) text += ". A rule looks at it again on " + clock(*posting.until);
    return text + " (see 'breakwater hold show " + format_id(posting.id) + "').";
  }
  if (posting.recipients == 0 && posting.kind == store::PostingKind::list)
    return "Nobody on the list gets each message: no copy of it was made.";
  const std::int64_t open = posting.recipients - posting.delivered - posting.failed;
  std::string text = "It was for " + people(posting.recipients) + ": " + std::to_string(posting.delivered) +
                     (posting.delivered == 1 ? " has it, " : " have it, ") + std::to_string(posting.failed) +
                     " bounced";
  if (posting.state == store::PostingState::dropped)
    return text + "; it was dropped for the other " + std::to_string(open) + ".";

  return text + ", " + std::to_string(open) + (open == 1 ? " is" : " are") + " still waiting.";
}

// Each destination that makes recipients wait, with what it said last.
Result<void> waiting(store::Connection& db, const store::Posting& posting, const Pauses& paused,
                     boost::json::array& out) {
  const auto lines = store::queue_lines(db, 10'000);
  if (!lines) return lines.error();
  for (const store::QueueLine& line : *lines) {
    if (line.posting != posting.id) continue;
    std::string text =
        people(line.remaining) + (line.remaining == 1 ? " waits" : " wait") + " for route " + line.route;
    if (line.attempts != 0) {
      text += " after " + std::to_string(line.attempts) + (line.attempts == 1 ? " try" : " tries") +
              "; the next is due " + clock(line.due);
    }
    // Of the next server, or of the way to it.
    if (!line.last_reply.empty()) text += ". The last try ended with: " + lines_of(line.last_reply);
    if (!text.ends_with('.')) text += '.';
    if (const auto pause = told_pause(paused, line.route); !pause.empty()) {
      text += " The route is " + pause + "; then one slice tries it, for all.";
    }
    out.emplace_back(text);
  }
  return {};
}

// What people have done with it, oldest first.
Result<void> hands(store::Connection& db, const store::Posting& posting, boost::json::array& out) {
  auto all = store::audits(db, posting.list_address, kSearchedAudits);
  if (!all) return all.error();
  std::erase_if(*all, [&](const store::Audit& one) { return one.posting != posting.id; });
  for (auto one = all->rbegin(); one != all->rend(); ++one) {
    out.emplace_back("On " + clock(one->at) + " " + one->actor + " ordered '" + one->action +
                     "': " + one->reason + (one->outcome.empty() ? "" : " (" + one->outcome + ")") + ".");
  }
  return {};
}

Result<void> by_digest(const Question& question, store::Connection& db, const store::Posting& posting,
                       boost::json::array& out) {
  const auto digests = store::digests_with(db, posting, kMostDigests);
  if (!digests) return digests.error();
  for (const store::Posting& digest : *digests) {
    out.emplace_back("On " + clock(digest.received) + " it went by digest, posting " + format_id(digest.id) +
                     ", to " + people(digest.recipients) + ": " + std::to_string(digest.delivered) +
                     (digest.delivered == 1 ? " has" : " have") + " that, " + std::to_string(digest.failed) +
                     " bounced.");
  }
  if (!digests->empty())
    out.emplace_back("'breakwater posting trace " + format_id(posting.id) + "' names them.");
  const auto waits = store::waits_for_digest(db, posting.id);
  if (!waits) return waits.error();
  if (!*waits) return {};
  const auto readers = digest_readers(question, db, posting);
  if (!readers) return readers.error();
  out.emplace_back(*readers == 0 ? "It waits for the list's next digest, which nobody would get now."
                                 : "It waits for the list's next digest, which would go to " +
                                       people(*readers) + " now.");
  return {};
}

Answer posting_told(const Question& question, store::Connection& db, const store::Posting& posting,
                    const Pauses& paused) {
  boost::json::array told;
  const std::string subject = posting.subject.empty() ? "without a subject" : "\"" + posting.subject + "\"";
  told.emplace_back("Posting " + format_id(posting.id) + " (" + subject + ") came from " +
                    from_whom(posting.sender) + " for " + posting.list_address + " on " +
                    clock(posting.received) +
                    (posting.peer.empty() ? std::string() : ", handed over by " + posting.peer) + ".");
  if (!posting.verdict.empty()) {
    told.emplace_back("Verdict: " + posting.verdict + (posting.reason.empty() ? "" : ": " + posting.reason) +
                      ".");
  }
  if (auto ordered = hands(db, posting, told); !ordered) return ordered.error();
  told.emplace_back(progress(posting));
  if (auto said = by_digest(question, db, posting, told); !said) return said.error();
  if (posting.state == store::PostingState::pending) {
    if (const auto said = waiting(db, posting, paused, told); !said) return said.error();
  }
  const auto bounces = store::bounces(db, posting.id);
  if (!bounces) return bounces.error();
  for (std::size_t at = 0; at < bounces->size() && at < kShownBounces; ++at) {
    const store::Bounce& bounce = (*bounces)[at];
    const auto address = store::address(db, bounce.address);
    if (!address) return address.error();
    told.emplace_back((*address ? (*address)->mailbox : std::string("a removed address")) + " bounced with " +
                      bounce.status + ": " + bounce.diagnostic);
  }
  if (bounces->size() > kShownBounces) {
    told.emplace_back("... and " + std::to_string(bounces->size() - kShownBounces) +
                      " more bounced; 'breakwater " + "posting trace " + format_id(posting.id) +
                      "' names all.");
  }
  return boost::json::object{
      {"kind", "posting"}, {"id", format_id(posting.id)}, {"sentences", std::move(told)}};
}

Answer refusal_told(const store::Refusal& refusal) {
  const bool discarded = refusal.reply.starts_with('2');
  boost::json::array told;
  told.emplace_back("On " + clock(refusal.at) + " mail from " + from_whom(refusal.sender) +
                    (refusal.recipient.empty() ? std::string() : " for " + refusal.recipient) +
                    (refusal.peer.empty() ? std::string() : ", handed over by " + refusal.peer + ",") +
                    (discarded ? " was accepted and discarded: nobody got it or was told."
                               : " was refused in the session; nothing was stored or sent."));
  if (!refusal.reason.empty()) told.emplace_back("Reason: " + refusal.reason);
  told.emplace_back("The sender's server was told: " + lines_of(refusal.reply));
  return boost::json::object{
      {"kind", "refusal"},      {"id", format_id(refusal.id)}, {"at", iso_time(refusal.at)},
      {"peer", refusal.peer},   {"sender", refusal.sender},    {"recipient", refusal.recipient},
      {"reply", refusal.reply}, {"reason", refusal.reason},    {"sentences", std::move(told)}};
}

}  // namespace

Result<std::int64_t> digest_readers(const Question& question, store::Connection& db,
                                    const store::Posting& posting) {
  const auto config = question.desk.config();
  const auto list = config->lists.find(posting.list_address);
  if (list == config->lists.end() || !list->second.digest.enabled) return 0;
  store::MemberRows members(db, question.desk.now());
  return lists::count_digest_readers(members, posting.list);
}

Answer why(const Question& question) {
  const auto text = required_text(question.request, "id");
  if (!text) return text.error();
  const auto id = parse_id(*text);
  if (!id)
    return error(Fault::invalid,
                 "'" + *text + "' is neither a posting id nor a reference (13 letters and digits)");
  auto reading = question.desk.store->read();
  const auto posting = store::posting(reading.connection(), PostingId{*id});
  if (!posting) return posting.error();
  if (*posting) {
    return posting_told(question, reading.connection(), **posting, pauses(question.desk));
  }
  const auto refusal = store::refusal(reading.connection(), RefusalId{*id});
  if (!refusal) return refusal.error();
  if (*refusal) return refusal_told(**refusal);
  return error(Fault::not_found, "nothing is known of " + format_id(*id) +
                                     ": no posting, and no refusal among the last 100,000");
}

}  // namespace breakwater::admin
