// By which lists in a list its mail reaches somebody: whoever leaves it leaves those.
#pragma once

#include <vector>

#include "daemon/membership.h"
#include "daemon/write_job.h"
#include "terms/result.h"

namespace breakwater::daemon {

// The same happening on each list nested in its list that the address is a member of. What one without a file
// says of leaving nobody knows: whoever is on it is asked, in the name of the outer list.
Result<std::vector<Happening>> on_nested_lists(WriteJob& job, const Happening& what);

}  // namespace breakwater::daemon
