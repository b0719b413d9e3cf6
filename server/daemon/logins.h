// Logging in: identity's service over the store's accounts, as net's sessions ask for it.
#pragma once

#include <memory>

#include "identity/login_service.h"
#include "net/smtp_server.h"
#include "store/store.h"

namespace breakwater::daemon {

class Logins : public net::Authenticator {
 public:
  explicit Logins(store::Store& store);  // which must outlive it
  std::unique_ptr<net::AuthExchange> begin(const smtp::Peer& peer) override;

 private:
  identity::LoginService service_;
};

}  // namespace breakwater::daemon
