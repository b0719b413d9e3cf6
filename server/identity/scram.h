// The server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding: pure, one object an
// exchange.
//
//   parse_client_first -> look the keys up -> Scram(first, keys, nonce) -> server_first -> on_client_final
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "identity/credentials.h"

namespace breakwater::identity {

// RFC 5802 7: gs2-header and client-first-message-bare.
struct ClientFirst {
  std::string gs2_header;  // "n,," or with an authzid; comes back in the last message
  std::string bare;
  std::string authzid;  // decoded saslname; empty: none
  std::string username;
  std::string nonce;
};

// nullopt when malformed, when a channel binding is asked for ("p=": it was not offered), or for an extension
// that must be understood ("m="). "y" is right: the client could bind, and saw that we do not offer it (RFC
// 5802 6).
std::optional<ClientFirst> parse_client_first(std::string_view message);

class Scram {
 public:
  // `nonce`: ours, printable without a comma, fresh for each exchange.
  Scram(ClientFirst first, ScramKeys keys, std::string nonce);

  std::string server_first() const { return server_first_; }
  // "v=..." when the client has shown that it knows the password; nullopt: it has not, or the message is
  // malformed.
  std::optional<std::string> on_client_final(std::string_view message) const;

 private:
  ClientFirst first_;
  ScramKeys keys_;
  std::string nonce_;  // the client's and ours
  std::string server_first_;
};

// What an unknown user is shown: a salt that stays the same for the same name (a changing one would tell),
// keys that nobody has. `secret`: 32 random bytes, kept as long as the accounts are.
ScramKeys unknown_user_keys(std::string_view secret, std::string_view username);

}  // namespace breakwater::identity
