#include "admin/desk.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <utility>

#include "admin/answers.h"
#include "admin/request.h"
#include "store/ledger.h"
#include "store/moderation.h"
#include "store/store.h"

namespace breakwater::admin {
namespace {

struct Command {
  const char* name;
  Answer (*answer)(const Question&);
  // What the table of roles calls it, where that is not asked with the order itself (daemon/hands.h,
  // daemon/membership.h). Nothing: an administrator's own business.
  std::optional<lists::Action> action{};
};

constexpr Command kCommands[] = {
    {"list.ls", list_ls},
    {"list.show", list_show},
    {"list.freeze", list_freeze},
    {"list.thaw", list_thaw},
    {"list.confirm", list_confirm},
    {"list.hold-all", list_hold_all},
    {"list.sync", list_sync, lists::Action::synchronise},
    {"list.purge", list_purge, lists::Action::purge},
    {"member.add", member_add, lists::Action::add_member},
    {"member.set", member_set, lists::Action::set_delivery},
    {"member.rm", member_rm, lists::Action::remove_member},
    {"member.ls", member_ls, lists::Action::see_members},
    {"member.find", member_find, lists::Action::see_members},
    {"member.import", member_import, lists::Action::add_member},
    {"member.show", member_show, lists::Action::see_members},
    {"member.resume", member_resume},
    {"member.invite", member_invite},
    {"member.approve", member_approve},
    {"member.reject", member_reject},
    {"member.ban", member_ban},
    {"member.unban", member_unban},
    {"member.requests", member_requests, lists::Action::see_members},
    {"user.add", user_add},
    {"user.passwd", user_passwd},
    {"user.rm", user_rm},
    {"user.ls", user_ls},
    {"queue.ls", queue_ls},
    {"queue.show", queue_show},
    {"queue.retry", queue_retry},
    {"queue.drop", queue_drop},
    {"posting.ls", posting_ls},
    {"posting.trace", posting_trace},
    {"posting.recall", posting_recall},
    {"posting.release", posting_release},
    {"posting.divert", posting_divert},
    {"posting.discard", posting_discard},
    {"hold.ls", hold_ls},
    {"hold.show", hold_show},
    {"hold.release", hold_release},
    {"hold.discard", hold_discard},
    {"hold.reject", hold_reject},
    {"storm.status", storm_status},
    {"audit.ls", audit_ls},
    {"why", why},
    {"reload", reload, lists::Action::change_settings},
    {"status", status},
};

}  // namespace

Desk::Desk(DeskOptions options) : options_(std::move(options)) {}

std::vector<std::string> Desk::commands() {
  std::vector<std::string> names;
  for (const Command& command : kCommands) names.emplace_back(command.name);
  return names;
}

Result<boost::json::object> Desk::ask(const boost::json::object& request, const Row& row,
                                      const std::string& actor) const {
  const auto name = required_text(request, "command");
  if (!name) return name.error();
  for (const Command& command : kCommands) {
    if (*name != command.name) continue;
    if (command.action) {
      if (auto may = administrator_may(*command.action); !may) return may.error();
    }
    return command.answer({options_, request, row, actor});
  }
  return error(Fault::invalid, "unknown command '" + *name + "'");
}

Result<void> administrator_may(lists::Action action) {
  if (lists::may(action, lists::Rank::administrator, false)) return {};
  return error(Fault::denied, "that is not for an administrator to do");
}

Answer reload(const Question& question) {
  if (question.desk.live == nullptr) {
    return error(Fault::unavailable, "no server is running: its next start reads the configuration anyway");
  }
  auto done = question.desk.live->reload();
  if (!done) return done.error();
  return boost::json::object{{"message", *done}};
}

Answer status(const Question& question) {
  const auto config = question.desk.config();
  boost::json::object answer{{"running", question.desk.live != nullptr}};
  if (question.desk.live != nullptr) {
    for (auto&& [key, value] : question.desk.live->status()) answer[key] = std::move(value);
  }
  auto reading = question.desk.store->read();
  const auto open = store::open_postings(reading.connection());
  if (!open) return open.error();
  answer["hostname"] = config->hostname;
  answer["data_dir"] = config->data_dir;
  answer["lists"] = config->lists.size();
  answer["open_postings"] = open->size();
  const auto held_all = store::hold_alls(reading.connection());
  if (!held_all) return held_all.error();
  boost::json::array names;
  for (const store::HoldAll& one : *held_all) {
    names.emplace_back(one.list ? one.list_address : std::string("all lists"));
  }
  answer["hold_all"] = std::move(names);
  return answer;
}

}  // namespace breakwater::admin
