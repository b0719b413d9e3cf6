// The desk's drawers: one function a command, grouped by file. Only the desk includes this.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <string>

#include "admin/desk.h"
#include "lists/roles.h"
#include "store/connection.h"
#include "store/purge.h"
#include "store/spool.h"

namespace breakwater::admin {

struct Question {
  const DeskOptions& desk;
  const boost::json::object& request;
  const Row& row;
  const std::string& actor;
};
using Answer = Result<boost::json::object>;

// A list of the configuration, by "tech" or "tech@lists.example". Errors: Fault::not_found, Fault::invalid
// where a bare name fits several.
Result<const lists::List*> find_configured(const config::Config& config, const std::string& name);
// By its address or, where only one list that ever had a file has it, by its name: also one whose file is
// gone. Errors: as above.
Result<store::ListRow> list_that_was(store::Connection& db, const std::string& name);
// By the table of roles.
Result<void> administrator_may(lists::Action action);
Error no_hands();  // there is nobody to carry an order out
// The list of the argument "list".
Result<const lists::List*> named_list(const config::Config& config, const boost::json::object& request);
// How it is kept in step, and what came of that last: into what list.show answers.
Result<void> add_sync_facts(store::Connection& db, const lists::List& list, boost::json::object& out);
// Its row; made where it is not there yet (write jobs only).
Result<ListId> list_row(store::Connection& db, const lists::List& list, Instant now);

// The argument "role"; nullopt: none was given.
Result<std::optional<lists::Role>> asked_role(const boost::json::object& request);
std::string_view moderated_name(lists::SenderModeration value);  // as member.set takes it

// "paused until 2026-11-22T10:00:00Z: 451 4.4.1 ...", where the destination is; else empty. `paused` is
// Live::paused(), asked once for many lines.
using Pauses = std::map<std::string, Pause>;
Pauses pauses(const DeskOptions& desk);
std::string told_pause(const Pauses& paused, const std::string& destination);

// A posting that is there. Errors: Fault::not_found.
Result<store::Posting> known_posting(store::Connection& db, PostingId id);
std::string_view state_name(store::PostingState state);

// How many people get what goes out to a posting's list in digests, as the list is now.
Result<std::int64_t> digest_readers(const Question& question, store::Connection& db,
                                    const store::Posting& posting);
constexpr std::size_t kMostDigests = 100;  // of one posting: its own two, and of who changed meanwhile

Answer list_ls(const Question& question);
Answer list_show(const Question& question);
Answer list_freeze(const Question& question);
Answer list_thaw(const Question& question);
Answer list_confirm(const Question& question);
Answer list_hold_all(const Question& question);
Answer list_sync(const Question& question);
Answer list_purge(const Question& question);

Answer member_add(const Question& question);
Answer member_rm(const Question& question);
Answer member_ls(const Question& question);
Answer member_find(const Question& question);
Answer member_import(const Question& question);
Answer member_show(const Question& question);
Answer member_resume(const Question& question);
Answer member_invite(const Question& question);
Answer member_approve(const Question& question);
Answer member_reject(const Question& question);
Answer member_ban(const Question& question);
Answer member_unban(const Question& question);
Answer member_requests(const Question& question);
Answer member_set(const Question& question);

Answer user_add(const Question& question);
Answer user_passwd(const Question& question);
Answer user_rm(const Question& question);
Answer user_ls(const Question& question);

Answer queue_ls(const Question& question);
Answer queue_show(const Question& question);
Answer queue_retry(const Question& question);
Answer queue_drop(const Question& question);
Answer posting_ls(const Question& question);
Answer posting_trace(const Question& question);
Answer posting_recall(const Question& question);
Answer posting_release(const Question& question);
Answer posting_divert(const Question& question);
Answer posting_discard(const Question& question);

Answer hold_ls(const Question& question);
Answer hold_show(const Question& question);
Answer hold_release(const Question& question);
Answer hold_discard(const Question& question);
Answer hold_reject(const Question& question);
Answer storm_status(const Question& question);
Answer audit_ls(const Question& question);

Answer why(const Question& question);

Answer reload(const Question& question);
Answer status(const Question& question);

}  // namespace breakwater::admin
