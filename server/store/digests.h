// What waits for a list's digest: postings that were accepted and are in no digest yet. Rows only on lists
// where somebody gets digests.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lists/digest_schedule.h"
#include "store/connection.h"
#include "store/spool.h"
#include "terms/ids.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::store {

// Whether the list has members, of itself, that get digests now.
Result<bool> has_digest_members(Connection& db, ListId list, Instant now);

// In the job that lets the posting go. Again: no change.
Result<void> await_digest(Connection& db, ListId list, PostingId posting, std::int64_t size, Instant now);
// It was recalled. False: it waited for none.
Result<bool> leave_digest(Connection& db, PostingId posting);

struct WaitingPosting {
  std::int64_t number = 0;  // ascending, over all lists, and never again
  PostingId posting;
  MessageId message;
  std::uint64_t size = 0;  // bytes
};
// Oldest first, those behind the number `after`.
Result<std::vector<WaitingPosting>> waiting_for_digest(Connection& db, ListId list, std::int64_t after,
                                                       std::size_t limit);
// In the job that writes the digest: those up to `number` are in it.
Result<void> end_waiting(Connection& db, ListId list, std::int64_t number);

// One whose digest cannot be written does not stand in the way of the others.
constexpr Duration kDigestAgain = std::chrono::minutes(10);
Result<void> put_off_digest(Connection& db, ListId list, Instant until);
Result<bool> is_put_off(Connection& db, ListId list, Instant now);

struct ListBacklog {
  ListId list;
  lists::DigestBacklog backlog;
};
Result<std::vector<ListBacklog>> digest_backlogs(Connection& db);  // of lists where something waits
Result<bool> waits_for_digest(Connection& db, PostingId posting);

// Which postings are in a digest stands at the end of its reason, where a person reads it, and is looked for
// there: a question asked once in a while is not worth a table that every digest fills.
std::string contents_text(std::span<const PostingId> postings);
// The digests that the posting went in, oldest first. Reads all of its list's digests that are kept.
Result<std::vector<Posting>> digests_with(Connection& db, const Posting& posting, std::size_t limit);

}  // namespace breakwater::store
