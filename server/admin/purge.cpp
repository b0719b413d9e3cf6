// list.purge: what is kept of a list whose file is gone is deleted for good.
//
// In steps, between which mail goes on (store/purge.h). Once it has begun it ends, whatever breaks it off: by
// this command again, or at the next start.
#include <boost/json/object.hpp>
#include <filesystem>
#include <optional>
#include <system_error>

#include "admin/answers.h"
#include "admin/request.h"
#include "lists/list_address.h"
#include "store/hold.h"
#include "store/purge.h"
#include "store/store.h"
#include "store/sync_plan_file.h"

namespace breakwater::admin {
namespace {

constexpr std::size_t kNamed = 5;  // held postings in a refusal

Error file_is_there(const std::string& address) {
  return {Fault::invalid, "the file of " + address +
                              " is there: only a list without one is purged. Delete its "
                              "file, give `breakwater reload`, and then this command again"};
}

// The file may be there again without having been read: then a reload would bring back an empty list.
Result<void> no_file(const config::Config& in_force, const std::string& address) {
  const config::Loaded on_disk = config::load(in_force.file);
  if (in_force.lists.contains(address)) {
    if (!on_disk.config || on_disk.config->lists.contains(address)) return file_is_there(address);
    return error(Fault::invalid, "the file of " + address +
                                     " is gone, but the server has not heard of it: give `breakwater "
                                     "reload` first, and then this command again");
  }
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
  return error(Fault::invalid, "messages are held on " + list.address + " (" + named +
                                   "): discard them "
                                   "(`breakwater hold discard --list " +
                                   list.address +
                                   " --all --reason \"...\"`), or put the list's file back and release "
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

struct Found {
  store::ListRow list;
  store::ListRemains remains;
  std::optional<store::Purge> begun;  // a purge that was broken off, or is under way
};

Result<Found> look(store::Connection& db, const Question& question, const std::string& given) {
  auto list = list_that_was(db, given);
  if (!list) return list.error();
  Found found{std::move(*list), {}, {}};
  auto begun = store::purge_of(db, found.list.id);
  if (!begun) return begun.error();
  found.begun = std::move(*begun);
  if (!found.begun) {
    if (auto gone = no_file(*question.desk.config(), found.list.address); !gone) return gone.error();
    if (auto free = nothing_waits(db, found.list); !free) return free.error();
    auto remembered = store::remembers(db, found.list.id);
    if (!remembered) return remembered.error();
    if (!*remembered) {
      return error(Fault::not_found, "nothing is kept of " + found.list.address +
                                         " any more (`breakwater audit ls` says who purged it)");
    }
  }
  auto remains = store::remains_of(db, found.list.id);
  if (!remains) return remains.error();
  found.remains = *remains;
  return found;
}

// No reload between the look at what is in force and the row: it would bring the list back to be deleted.
Result<void> begin(const Question& question, const std::string& reason, Found& found) {
  const auto job = [&](store::Connection& db) -> Result<void> {
    const store::ListRow& list = found.list;
    if (question.desk.config()->lists.contains(list.address)) return file_is_there(list.address);
    auto begun = store::purge_of(db, list.id);
    if (!begun) return begun.error();
    found.begun = std::move(*begun);
    if (found.begun) return {};  // by another, a moment ago
    if (auto free = nothing_waits(db, list); !free) return free;
    auto kept = store::remains_of(db, list.id);  // as it is now, behind the writes before this one
    if (!kept) return kept.error();
    found.remains = *kept;
    found.begun = store::Purge{list.id, question.desk.now(), question.actor, reason,
                               "of " + list.address + " " + told(*kept) + " were deleted for good"};
    return store::begin_purge(db, *found.begun);
  };
  const auto write = [&] { return question.desk.store->write_and_wait(job); };
  return question.desk.live != nullptr ? question.desk.live->without_reload(write) : write();
}

Result<void> carry_out(const Question& question, const store::ListRow& list) {
  // No sync of the list goes on or begins now, so nobody needs what one has left.
  std::error_code ignored;
  std::filesystem::remove(store::sync_file(question.desk.config()->data_dir, list.id, "plan"), ignored);
  const auto done = store::finish_purge(*question.desk.store, list.id, question.desk.now, false);
  if (!done) {
    return error(done.error().fault, done.error().what + "; the purge of " + list.address +
                                         " was broken off, the same command goes on with it");
  }
  if (question.desk.live != nullptr) question.desk.live->list_purged();
  return {};
}

}  // namespace

Result<store::ListRow> list_that_was(store::Connection& db, const std::string& given) {
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

Answer list_purge(const Question& question) {
  const auto given = required_text(question.request, "list");
  if (!given) return given.error();
  const auto reason = required_reason(question.request);
  if (!reason) return reason.error();
  const auto sure = flag(question.request, "sure");
  if (!sure) return sure.error();
  Found found;
  {
    auto reading = question.desk.store->read();
    auto looked = look(reading.connection(), question, *given);
    if (!looked) return looked.error();
    found = std::move(*looked);
  }
  if (!*sure && !found.begun) {
    return answer_of(found.list, found.remains, false,
                     "of " + found.list.address + " " + told(found.remains) +
                         " would be deleted for good; nothing was deleted yet: say --yes");
  }
  if (!*sure) {
    return answer_of(found.list, found.remains, false,
                     "a purge of " + found.list.address + " was begun and is not finished; " +
                         told(found.remains) + " are left: say --yes, or start the server anew");
  }
  if (!found.begun) {
    if (auto begun = begin(question, *reason, found); !begun) return begun.error();
  }
  if (auto done = carry_out(question, found.list); !done) return done.error();
  return answer_of(found.list, found.remains, true, found.begun->outcome);
}

}  // namespace breakwater::admin
