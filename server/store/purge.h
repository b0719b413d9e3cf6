// What is kept of a list whose file is gone, and its end. Functions on a connection.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/connection.h"
#include "terms/ids.h"
#include "terms/result.h"

namespace breakwater::store {

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

// Deletes everything that the server remembers of the list itself, in the caller's transaction. What stays:
// postings and their traces, until they are old; what the guard knows of its storms, which ages too; the
// audit trail; and the list's number, so that a link or a token of it never comes to mean another list. The
// caller has made sure that nothing is held and that the list is not frozen: that mail would be left without
// anybody who lets it go.
Result<void> purge_list(Connection& db, ListId list);

}  // namespace breakwater::store
