// Logging in: identity's service over the store's accounts, as net's sessions ask for it.
#pragma once

#include <memory>
#include <string>

#include "identity/login_service.h"
#include "net/smtp_server.h"
#include "store/store.h"

namespace breakwater::daemon {

class Logins : public net::Authenticator {
 public:
  // `store` must outlive it. `secret` makes up the salts of accounts that do not exist; the same at every
  // start, or they could be told from those that do.
  Logins(store::Store& store, const std::string& secret);
  std::unique_ptr<net::AuthExchange> begin(const smtp::Peer& peer) override;

 private:
  identity::LoginService service_;
};

}  // namespace breakwater::daemon
