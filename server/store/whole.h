// All of a change or nothing of it, within a write job: what fails is rolled back alone, so that the job can
// go on with something else.
#pragma once

#include "store/connection.h"

namespace breakwater::store {

// Of an error within a job: the disk is well, so that others of the same job may be done.
inline bool is_of_one(const Error& error) {
  return error.fault != Fault::storage && error.fault != Fault::full;
}

// `change` returns a Result, and so does this: the same, or why it could not be undone, which is never an
// error of one. What the storm guard noted meanwhile stays noted: it lives beside the database until the job
// ends.
template <class Change>
auto whole(Connection& db, Change change) -> decltype(change()) {
  if (auto saved = db.prepare("SAVEPOINT part").run(); !saved) return saved.error();
  auto changed = change();
  // A full disk can cost the transaction, not only the statement: then the whole job is undone, if it is
  // there.
  if (!changed && !is_of_one(changed.error())) return changed;
  Result<void> left;
  if (!changed) {
    db.last_numbers().clear();
    db.note_member_change();
    left = db.prepare("ROLLBACK TO part").run();
  }
  if (left) left = db.prepare("RELEASE part").run();
  if (left) return changed;
  return error(is_of_one(left.error()) ? Fault::full : left.error().fault, left.error().what);
}

}  // namespace breakwater::store
