#include "daemon/digest_release.h"

#include <utility>

#include "daemon/digest_words.h"
#include "daemon/hands.h"
#include "mail/digest.h"
#include "store/hold.h"

namespace breakwater::daemon {
namespace {

constexpr std::size_t kMostBytes = 20 * 1024 * 1024;  // of the messages together

struct Digest {
  std::string subject, bytes;
};

Result<Digest> digest_of(WriteJob& job, const lists::List& list, const std::vector<store::Posting>& held) {
  std::vector<std::string> messages;
  std::size_t bytes = 0;
  for (const store::Posting& posting : held) {
    auto message = store::message_bytes(job.db, posting.message);
    if (!message) return message.error();
    bytes += message->size();
    if (bytes > kMostBytes) {
      return error(Fault::full, "the held messages are too large for one digest (" +
                                    std::to_string(kMostBytes / 1024 / 1024) +
                                    " MiB): release a thread at a time");
    }
    messages.push_back(std::move(*message));
  }
  mail::DigestFacts facts;
  facts.from = list.sub_address("owner");
  facts.to = list.address();
  letters::Rendered words = digest_words(*job.running.config, list, "digest", messages);
  facts.subject = words.subject;
  facts.text = std::move(words.text);
  facts.hostname = job.running.config->hostname;
  return Digest{std::move(words.subject), mail::compose_digest(facts, messages, job.now, job.entropy++)};
}

}  // namespace

Result<admin::Outcome> release_as_digest(WriteJob& job, const std::vector<store::Posting>& held,
                                         const std::string& reason) {
  if (held.empty()) return error(Fault::invalid, "nothing is held there");
  const ListId id = held.front().list;
  for (const store::Posting& posting : held) {
    if (posting.list != id) return error(Fault::invalid, "a digest is of one list: name it");
  }
  const auto list = job.running.lists_by_id.find(id);
  if (list == job.running.lists_by_id.end()) {
    return error(Fault::not_found, "the list " + held.front().list_address + " has no file any more");
  }
  auto digest = digest_of(job, *list->second, held);
  if (!digest) return digest.error();
  store::Posting row;
  row.id = PostingId{make_id(job.now, job.entropy++)};
  row.message = MessageId{row.id.value};
  row.kind = store::PostingKind::list;
  row.list = id;
  row.list_address = list->second->address();
  row.sender = list->second->sub_address("owner");
  row.subject = digest->subject;
  row.verdict = kReleased;
  row.reason = reason;
  row.state = store::PostingState::held;
  row.received = job.now;
  row.size = static_cast<std::int64_t>(digest->bytes.size());
  row.recipients = held.front().recipients;
  if (auto added = store::add_message(job.db, {row.message, digest->bytes, job.now}); !added)
    return added.error();
  if (auto added = store::add_held(job.db, row, nullptr); !added) return added.error();
  auto released = release_posting(job, row, reason);
  if (!released) return released.error();
  if (!released->kept_because.empty()) {
    return error(Fault::invalid,
                 released->kept_because + " (breakwater list confirm " + row.list_address + ")");
  }
  for (const store::Posting& posting : held) {
    auto done = store::discard_held(job.db, posting.id, job.now, reason + ", in digest " + format_id(row.id));
    if (!done) return done.error();
  }
  admin::Outcome outcome{static_cast<std::int64_t>(held.size()), released->recipients, ""};
  outcome.message =
      std::to_string(held.size()) + " postings released as one digest, posting " + format_id(row.id);
  return outcome;
}

}  // namespace breakwater::daemon
