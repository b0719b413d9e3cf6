// What `breakwater list show` prints of a list: who is on it, what waits, how it is kept in step, and each
// setting with where it stands.
#pragma once

#include <boost/json/fwd.hpp>

namespace breakwater::cli {

// `list`: what list.show answers (docs/control-socket.md).
void print_list(const boost::json::object& list);

}  // namespace breakwater::cli
