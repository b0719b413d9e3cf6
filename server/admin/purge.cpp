// list.purge: what is kept of a list whose file is gone is deleted for good.
//
// One transaction, so that a kill leaves all of it or nothing, and a list whose file comes back has its
// members or has none. Of 850,000 members it takes a second or two, in which mail waits for its 250.
#include <boost/json/object.hpp>

#include "admin/answers.h"
#include "admin/request.h"
#include "lists/list_address.h"
#include "store/hold.h"
#include "store/purge.h"
#include "store/store.h"

namespace breakwater::admin {
namespace {

constexpr std::size_t kNamed = 5;  // held postings in a refusal

Error file_is_there(const std::string& address) {
  return {Fault::invalid, "the file of " + address +
                              " is there: only a list without one is purged. Delete its "
                              "file, give `breakwater reload`, and then this command again"};
}

// By its address or, where only one list that ever was has it, by its name.
Result<store::ListRow> row_named(store::Connection& db, const std::string& given) {
  const std::string name = lists::lower_case(given);
  const auto rows = store::list_rows(db, store::Which::all);
  if (!rows) return rows.error();
  std::optional<store::ListRow> found;
  for (const store::ListRow& row : *rows) {
    if (row.address != name && !row.address.starts_with(name + "@")) continue;
    if (found) return error(Fault::invalid, "'" + given + "': give the whole address");
    found = row;
  }
  if (found) return std::move(*found);
  return error(Fault::not_found, "there was never a list '" + given + "' here (see 'breakwater list ls')");
}

// The file may be there again without having been read: then a reload would bring back an empty list.
Result<void> no_file(const config::Config& in_force, const std::string& address) {
  if (in_force.lists.contains(address)) return file_is_there(address);
  const config::Loaded on_disk = config::load(in_force.file);
  if (!on_disk.config) {
    return error(Fault::invalid,
                 "the files on the disk have mistakes, so that nobody knows which lists they "
                 "make: see `breakwater check` first");
  }
  return on_disk.config->lists.contains(address) ? Result<void>(file_is_there(address)) : Result<void>();
}

// Nothing accepted is lost: what waits for a person is let go or discarded by one, before.
Result<void> nothing_waits(store::Connection& db, const store::ListRow& list) {
  const auto freeze = store::frozen(db, list.id);
  if (!freeze) return freeze.error();
  if (*freeze) {
    return error(Fault::invalid, list.address +
                                     " is frozen, and what it had in hand waits: `breakwater list "
                                     "thaw " +
                                     list.address + "`, or recall its postings, first");
  }
  const auto waiting = store::held(db, {list.id, "", ""}, kNamed + 1);
  if (!waiting) return waiting.error();
  if (waiting->empty()) return {};
  std::string named;
  for (std::size_t at = 0; at < std::min(waiting->size(), kNamed); ++at)
    named += (at > 0 ? ", " : "") + format_id(waiting->at(at).id);
  if (waiting->size() > kNamed) named += " and more";
  return error(Fault::invalid,
               "messages are held on " + list.address + " (" + named +
                   "): discard them "
                   "(`breakwater hold discard POSTING`), or put the list's file back and release "
                   "them, first");
}

std::string counted(std::int64_t count, const char* one) {
  return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

std::string told(const store::ListRemains& remains) {
  return counted(remains.members, "member") + ", " + counted(remains.moderators, "moderator") + ", " +
         counted(remains.owners, "owner") + ", " + counted(remains.pending, "pending request") + " and " +
         counted(remains.bans, "ban");
}

boost::json::object answer_of(const store::ListRow& list, const store::ListRemains& remains, bool purged,
                              std::string message) {
  return {{"list", list.address},       {"purged", purged},
          {"members", remains.members}, {"moderators", remains.moderators},
          {"owners", remains.owners},   {"pending", remains.pending},
          {"bans", remains.bans},       {"message", std::move(message)}};
}

}  // namespace

Answer list_purge(const Question& question) {
  const auto given = required_text(question.request, "list");
  if (!given) return given.error();
  const auto reason = required_reason(question.request);
  if (!reason) return reason.error();
  const auto sure = flag(question.request, "sure");
  if (!sure) return sure.error();
  store::ListRow list;
  store::ListRemains remains;
  {
    auto reading = question.desk.store->read();
    auto found = row_named(reading.connection(), *given);
    if (!found) return found.error();
    list = std::move(*found);
    if (auto gone = no_file(*question.desk.config(), list.address); !gone) return gone.error();
    if (auto free = nothing_waits(reading.connection(), list); !free) return free.error();
    auto kept = store::remains_of(reading.connection(), list.id);
    if (!kept) return kept.error();
    remains = *kept;
  }
  if (!*sure) {
    return answer_of(list, remains, false,
                     "of " + list.address + " " + told(remains) +
                         " would be deleted for good; nothing was deleted yet: say --yes");
  }
  std::string outcome;
  const auto done = question.desk.store->write_and_wait([&](store::Connection& db) -> Result<void> {
    if (question.desk.config()->lists.contains(list.address)) return file_is_there(list.address);
    if (auto free = nothing_waits(db, list); !free) return free;
    auto kept = store::remains_of(db, list.id);  // as it is now, behind the writes before this one
    if (!kept) return kept.error();
    remains = *kept;
    if (auto purged = store::purge_list(db, list.id); !purged) return purged;
    outcome = "of " + list.address + " " + told(remains) + " were deleted for good";
    return store::add_audit(
        db, {question.desk.now(), question.actor, "purge", list.address, PostingId{}, *reason, outcome});
  });
  if (!done) return done.error();
  return answer_of(list, remains, true, outcome);
}

}  // namespace breakwater::admin
