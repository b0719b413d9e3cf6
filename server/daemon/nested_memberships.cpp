#include "daemon/nested_memberships.h"

#include "store/bounces.h"
#include "store/directory.h"

namespace breakwater::daemon {

Result<std::vector<Happening>> on_nested_lists(WriteJob& job, const Happening& what) {
  std::vector<Happening> found;
  const ListId outer = job.running.lists.at(what.list->address()).id;
  auto id = store::find_address(job.db, what.address.key);
  if (!id) return id.error();
  if (!*id) return found;
  auto lists = store::with_nested_lists(job.db, outer);
  if (!lists) return lists.error();
  for (const ListId one : *lists) {
    if (one == outer) continue;
    auto roles = store::roles_of(job.db, one, **id);
    if (!roles) return roles.error();
    if (roles->empty() || roles->front() != lists::Role::member) continue;
    Happening& there = found.emplace_back(what);
    const auto known = job.running.lists_by_id.find(one);
    if (known != job.running.lists_by_id.end())
      there.list = known->second;
    else
      there.row = one, there.event = lists::Event::leave_for_other;
  }
  return found;
}

}  // namespace breakwater::daemon
