// One click leaves a list (RFC 8058): what is done with a request to https://URL/u/TOKEN. A GET shows a page
// and changes nothing, since programs fetch links that nobody clicked; a POST takes the member off the list,
// in one transaction and as often as it comes. The token in the path is the proof of who asks.
#pragma once

#include <string>
#include <string_view>

#include "daemon/hands.h"
#include "daemon/running.h"
#include "lists/unsubscribe_token.h"
#include "store/store.h"
#include "web/http_page.h"

namespace breakwater::daemon {

class OneClick {
 public:
  // All must outlive it.
  OneClick(store::Store& store, const InForce& in_force, StoreHands& hands, lists::Mac mac)
      : store_(store), in_force_(in_force), hands_(hands), mac_(std::move(mac)) {}

  // Blocks on the store: on the thread that writes pages. What the answer is to a link that is forged, and to
  // one whose list or member is gone, is the same: 404.
  web::HttpAnswer answer(const web::HttpRequest& request) const;

 private:
  store::Store& store_;
  const InForce& in_force_;
  StoreHands& hands_;
  lists::Mac mac_;
};

}  // namespace breakwater::daemon
