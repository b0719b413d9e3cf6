// Messages and postings, as rows. A message is stored once, its copies never.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lists/expansion.h"
#include "queue/slice.h"
#include "store/connection.h"
#include "terms/ids.h"
#include "terms/instant.h"

namespace breakwater::store {

// probe: to one member, to see whether mail still reaches them (lists/bounce_score.h). digest: the list's, to
// its members who want digests.
enum class PostingKind { list = 0, owner = 1, notice = 2, probe = 3, digest = 4 };  // values are stored
// pending: slices are to be delivered. done: every recipient is settled. dropped: by a person, or by a rule
// that the reason names. held: waits for a person or a time (hold.h).
enum class PostingState { pending = 0, done = 1, dropped = 2, held = 3 };  // values are stored

struct NewMessage {
  MessageId id;
  std::string_view bytes;  // as received, complete with our Received field
  Instant received{};
};
Result<void> add_message(Connection& db, const NewMessage& message);
Result<std::string> message_bytes(Connection& db, MessageId id);

struct Posting {
  PostingId id;
  MessageId message;
  PostingKind kind = PostingKind::list;
  ListId list;                  // 0 for a notice
  std::string list_address;     // as shown: "tech@lists.example"
  std::string sender;           // who posted: reverse-path or From; empty: the null reverse-path
  std::string reverse_path;     // of the original message; DSNs of owner mail go there
  std::string envid;            // RFC 3461
  std::string message_id;       // RFC 5322, with <>
  std::string subject;          // readable
  std::string peer;             // who handed it over
  std::string verdict, reason;  // what was decided, in words
  PostingState state = PostingState::pending;
  std::string thread;               // the guard's key of its thread (storm/verdict.h); may be empty
  int approvals = 0;                // held for moderators: how many it needs
  std::optional<Instant> until;     // held: when a rule acts on it (goes out, expires)
  std::optional<Instant> released;  // it was held: when it was let go
  Instant received{};
  std::int64_t size = 0;  // bytes
  std::int64_t recipients = 0, delivered = 0, deferred = 0, failed = 0;
};
// Writes the posting's row and its slices (numbered from 0, due at once, expiring at `expires`). Recipients
// are counted from the audience; a posting without any is done.
Result<void> add_posting(Connection& db, const Posting& posting, const lists::Audience& audience,
                         Instant expires);
Result<std::optional<Posting>> posting(Connection& db, PostingId id);
// Newest first; `list` empty: of all lists. `unfinished`: only those with recipients still to do.
Result<std::vector<Posting>> postings(Connection& db, std::string_view list, bool unfinished,
                                      std::size_t limit);
// Message-IDs this list has distributed within the memory kept (loops, duplicates). An empty one never is.
Result<bool> seen_message_id(Connection& db, ListId list, std::string_view message_id);

struct Refusal {
  RefusalId id;
  Instant at{};
  std::string peer, sender, recipient, reply, reason;
};
Result<void> add_refusal(Connection& db, const Refusal& refusal);  // keeps the last 100,000
Result<std::optional<Refusal>> refusal(Connection& db, RefusalId id);

// Messages and postings finished before `before` and their slices, logs and bounces; at most `limit` postings
// a call. How many postings went.
Result<std::int64_t> prune(Connection& db, Instant before, std::size_t limit);

}  // namespace breakwater::store
