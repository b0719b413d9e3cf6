#include "daemon/failure_notice.h"

#include <string>
#include <utility>

#include "daemon/store_directory.h"
#include "mail/dsn.h"
#include "mail/header_block.h"
#include "store/directory.h"
#include "store/ledger.h"
#include "store/spool.h"

namespace breakwater::daemon {
namespace {

Result<mail::FailureReport> report_of(store::Connection& db, const store::Posting& posting,
                                      const Running& running) {
  mail::FailureReport report;
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
    report.failed.push_back({posting.list_address, "", first.status, first.diagnostic, ""});
  }
  return report;
}

store::Posting notice_row(const store::Posting& about, PostingId id, std::int64_t size, Instant now) {
  store::Posting row;
  row.id = id;
  row.message = MessageId{id.value};
  row.kind = store::PostingKind::notice;
  row.list_address = about.list_address;
  row.subject = "Undelivered mail";
  row.verdict = "notice";
  row.reason =
      "posting " + format_id(about.id) + " could not be delivered to everybody behind " + about.list_address;
  row.received = now;
  row.size = size;
  row.recipients = 1;
  return row;
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
  if (report->failed.empty()) return std::optional<PostingId>();
  auto original = store::message_bytes(db, posting.message);
  if (!original) return original.error();
  report->original_head = mail::HeaderBlock::parse(*original).head();
  const std::string bytes = mail::compose_dsn(*report, now, entropy);

  const PostingId id{make_id(now, entropy + 1)};
  auto audience = StoreDirectory(db, running).people(std::span(&*sender, 1));
  if (!audience) return audience.error();
  if (auto added = store::add_message(db, {MessageId{id.value}, bytes, now}); !added) return added.error();
  const auto row = notice_row(posting, id, static_cast<std::int64_t>(bytes.size()), now);
  const Instant expires = now + running.config->retry.give_up_after;
  if (auto added = store::add_posting(db, row, *audience, expires); !added) return added.error();
  return std::optional<PostingId>(id);
}

}  // namespace breakwater::daemon
