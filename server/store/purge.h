// What is kept of a list whose file is gone, and its end. Functions on a connection.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "store/connection.h"
#include "terms/ids.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::store {

class Store;

struct ListRow {
  ListId id;
  std::string address;
};
// Every list that ever had a file, by address; `kept`: only those that somebody is on, in whichever role.
enum class Which { all, kept };
Result<std::vector<ListRow>> list_rows(Connection& db, Which which);

struct ListRemains {
  std::int64_t members = 0, moderators = 0, owners = 0;
  std::int64_t pending = 0, bans = 0;  // requests that wait, rows of the ban list
  std::int64_t held = 0;               // postings that wait for a person or a time
  bool any() const { return members + moderators + owners + pending + bans + held > 0; }
};
Result<ListRemains> remains_of(Connection& db, ListId list);

// Whether the server remembers anything of the list itself, counted above or not.
Result<bool> remembers(Connection& db, ListId list);

// A purge deletes everything that the server remembers of the list itself. What stays: postings and their
// traces, until they are old; what the guard knows of its storms, which ages too; the audit trail; and the
// list's number, so that a link or a token of it never comes to mean another list.
//
// In steps, each a job of its own, so that mail goes on between them; whatever breaks it off, the next start
// goes on with it, and until it is done the list does not come back, whatever files there are.
struct Purge {
  ListId list;
  Instant began{};
  std::string actor, reason, outcome;  // for the audit trail, once it is done
};
Result<std::optional<Purge>> purge_of(Connection& db, ListId list);
Result<std::vector<ListRow>> purges(Connection& db);  // all that are begun and not done
// The first job. It has made sure that nothing is held and that the list is not frozen: that mail would be
// left without anybody who lets it go. A sync of the list that was broken off is over by it.
Result<void> begin_purge(Connection& db, const Purge& purge);
// At most so many rows of the large tables; the last step, some more, writes the audit trail. True: there is
// another to take. Where the list is not being purged, nothing is done.
Result<bool> purge_step(Connection& db, ListId list, Instant now, std::int64_t rows);
// Some 20 ms of the writer: mail waits for no more than that.
constexpr std::int64_t kPurgedAtOnce = 10'000;
// Steps until it is done. False: `stop` came before that. Blocks on the store's writer.
Result<bool> finish_purge(Store& store, ListId list, const std::function<Instant()>& now,
                          const std::atomic<bool>& stop);

}  // namespace breakwater::store
