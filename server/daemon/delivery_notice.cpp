#include "daemon/delivery_notice.h"

#include <string>
#include <utility>

#include "daemon/membership.h"
#include "daemon/store_directory.h"
#include "log/log.h"
#include "mail/dsn.h"
#include "mail/header_block.h"
#include "store/directory.h"
#include "store/dsn_request.h"
#include "store/ledger.h"
#include "store/spool.h"

namespace breakwater::daemon {
namespace {

// Whether one more report of this sort goes to who may not have sent what it is about.
Result<bool> may_report(store::Connection& db, const char* sort, const mail::Address& to,
                        const std::string& client, const store::Posting& about, Instant now) {
  constexpr lists::RequestCaps kCaps;
  const std::string key = client_key(client);
  auto may = key.empty() ? Result<bool>(true) : take_turn(db, now, "reports " + key, kCaps.clients);
  if (may && *may) may = take_turn(db, now, letters_key(sort, to), kCaps.reports);
  if (!may || *may) return may;
  log::event(log::Level::info, "not_reported",
             {{"posting", format_id(about.id)},
              {"to", to.mailbox},
              {"peer", about.peer},
              {"reason", std::string("enough reports of this sort (") + sort +
                             ") went to that address today, or for that client this hour"}});
  return false;
}

// As `row_of` (reception.cpp) writes it: behind the name it gave, which may be any text.
std::string client_of(const store::Posting& posting) {
  const std::string& peer = posting.peer;
  const auto from = peer.rfind('[');
  return from == std::string::npos ? std::string() : peer.substr(from + 1, peer.size() - from - 2);
}

Result<mail::DeliveryReport> report_of(store::Connection& db, const store::Posting& posting,
                                       const Running& running) {
  mail::DeliveryReport report;
  report.reporting_mta = running.config->hostname;
  report.to = posting.reverse_path;
  report.envid = posting.envid;
  report.arrived = posting.received;
  auto bounces = store::bounces(db, posting.id);
  if (!bounces) return bounces.error();
  // Who the owners are is not the sender's business: the address that was written to is named, once (RFC
  // 3464 2.3.1).
  if (!bounces->empty()) {
    const store::Bounce& first = bounces->front();
    report.recipients.push_back({posting.list_address, "", first.status, first.diagnostic, ""});
  }
  return report;
}

letters::Rendered words_of(const mail::DeliveryReport& report, const store::Posting& about,
                           const Running& running) {
  letters::Values values;
  letters::Rows recipients;
  for (const mail::RecipientReport& one : report.recipients) {
    letters::Values& row = recipients.emplace_back();
    row["address"] = one.recipient;
    row["remote"] = one.remote;
    row["diagnostic"] = one.diagnostic;
  }
  values["server"] = report.reporting_mta;
  values["address"] = about.list_address;
  values["recipients"] = std::move(recipients);
  values["whole"] = mail::returns_whole(report);
  values["list"] = report.action == mail::Action::delivered;
  const auto list = running.lists_by_id.find(about.list);
  const config::Config& config = *running.config;
  return config.templates.render(list == running.lists_by_id.end() ? config.language : list->second->language,
                                 report.action == mail::Action::failed ? "undelivered" : "taken", values);
}

// Writes the report as a posting of its own, to one person, with the null reverse-path.
Result<PostingId> write_notice(store::Connection& db, mail::DeliveryReport& report, const mail::Address& to,
                               const store::Posting& about, std::string reason, const Running& running,
                               Instant now, std::uint64_t entropy) {
  letters::Rendered words = words_of(report, about, running);
  report.subject = std::move(words.subject);
  report.text = std::move(words.text);
  const std::string bytes = mail::compose_dsn(report, now, entropy);
  store::Posting row;
  row.id = PostingId{make_id(now, entropy + 1)};
  row.message = MessageId{row.id.value};
  row.kind = store::PostingKind::notice;
  row.list_address = about.list_address;
  row.subject = report.subject;
  row.verdict = "notice";
  row.reason = std::move(reason);
  row.received = now;
  row.size = static_cast<std::int64_t>(bytes.size());
  row.recipients = 1;
  auto audience = StoreDirectory(db, running).people({to});
  if (!audience) return audience.error();
  if (auto added = store::add_message(db, {row.message, bytes, now}); !added) return added.error();
  auto added = store::add_posting(db, row, *audience, now + running.config->retry.give_up_after);
  if (!added) return added.error();
  return row.id;
}

}  // namespace

Result<std::optional<PostingId>> write_failure_notice(store::Connection& db, PostingId finished,
                                                      const Running& running, Instant now,
                                                      std::uint64_t entropy) {
  auto found = store::posting(db, finished);
  if (!found) return found.error();
  if (!*found || (*found)->kind != store::PostingKind::owner) return std::optional<PostingId>();
  const store::Posting& posting = **found;
  const auto sender = mail::parse_address(posting.reverse_path);
  if (!sender) return std::optional<PostingId>();

  auto report = report_of(db, posting, running);
  if (!report) return report.error();
  if (report->recipients.empty()) return std::optional<PostingId>();
  auto may = may_report(db, "undelivered", *sender, client_of(posting), posting, now);
  if (!may) return may.error();
  if (!*may) return std::optional<PostingId>();
  auto original = store::message_bytes(db, posting.message);
  if (!original) return original.error();
  report->original_head = mail::HeaderBlock::parse(*original).head();
  auto request = store::dsn_request(db, posting.id);
  if (!request) return request.error();
  if (request->whole) report->original = *original;  // RFC 3461 4.3: only where it failed
  report->recipients.front().orcpt = request->orcpt;
  auto written = write_notice(db, *report, *sender, posting,
                              "posting " + format_id(posting.id) +
                                  " could not be delivered to everybody behind " + posting.list_address,
                              running, now, entropy);
  if (!written) return written.error();
  return std::optional<PostingId>(*written);
}

Result<std::optional<PostingId>> write_success_notice(store::Connection& db, const store::Posting& posting,
                                                      const std::string& reverse_path,
                                                      const std::string& client, const std::string& orcpt,
                                                      std::string_view message, const Running& running,
                                                      Instant now, std::uint64_t entropy) {
  const auto sender = mail::parse_address(reverse_path);
  if (!sender) return sender.error();
  auto may = may_report(db, "taken", *sender, client, posting, now);
  if (!may) return may.error();
  if (!*may) return std::optional<PostingId>();
  mail::DeliveryReport report;
  report.action = posting.kind == store::PostingKind::list ? mail::Action::delivered : mail::Action::expanded;
  report.reporting_mta = running.config->hostname;
  report.to = reverse_path;
  report.envid = posting.envid;
  report.arrived = now;
  report.recipients.push_back({posting.list_address, orcpt, "2.0.0", "", ""});
  report.original_head = mail::HeaderBlock::parse(message).head();
  auto written =
      write_notice(db, report, *sender, posting,
                   "the sender of posting " + format_id(posting.id) + " asked to be told that it was taken",
                   running, now, entropy);
  if (!written) return written.error();
  return std::optional<PostingId>(*written);
}

}  // namespace breakwater::daemon
