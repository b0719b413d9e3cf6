// Judged again: a posting that was held is looked at with today's list, because its sender has confirmed it
// or an owner has vouched for the audience. What the guard says now is carried out: it goes out, waits for
// somebody else, or for a time.
#pragma once

#include <string>
#include <string_view>

#include "daemon/write_job.h"
#include "store/spool.h"

namespace breakwater::daemon {

enum class Again {
  confirmed,  // by its sender, who is therefore who they say they are
  looked_at,  // the reason to hold it is gone; nothing else is decided by that
};

// A posting that waits for its turn to be judged again (held_due.h): the verdict of such a row.
constexpr std::string_view kAgain = "again";

// Inside a write job. What became of it, in words for its sender. Never less than held: what was accepted is
// not refused later. Errors: Fault::not_found, the list's file is gone; those of the store.
Result<std::string> judge_again(WriteJob& job, const store::Posting& posting, Again why);

}  // namespace breakwater::daemon
