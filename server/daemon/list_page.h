// The page where one leaves a list, for copies that are the same for everybody: https://URL/l/LIST. It asks
// for the address, and sends that a letter when it is on the list; what it says is the same in any case, so
// that nobody learns who is. A GET changes nothing.
#pragma once

#include <string>

#include "daemon/hands.h"
#include "daemon/running.h"
#include "web/http_page.h"

namespace breakwater::daemon {

// `address`: the list's, as the path has it. Blocks on the store: on the thread that writes pages.
web::HttpAnswer answer_list_page(const web::HttpRequest& request, const std::string& address,
                                 const InForce& in_force, StoreHands& hands);

}  // namespace breakwater::daemon
