// A connection to an LDAP server on which nothing waits longer than the reading may.
#pragma once

#include <memory>
#include <string>

#include "sources/reading.h"
#include "sources/source.h"

// As <ldap.h> names them, which .cpp files alone include.
struct ldap;
struct ldapmsg;
struct ldapcontrol;

namespace breakwater::sources {

struct FreeMessage {
  void operator()(ldapmsg* message) const;
};
struct FreeControl {
  void operator()(ldapcontrol* control) const;
};
struct FreeControls {
  void operator()(ldapcontrol** controls) const;
};
using LdapMessage = std::unique_ptr<ldapmsg, FreeMessage>;

class LdapSession {
 public:
  explicit LdapSession(const Reading& reading);
  ~LdapSession();
  LdapSession(const LdapSession&) = delete;
  LdapSession& operator=(const LdapSession&) = delete;

  // Connects with the first operation, which is StartTLS or the bind. Once, and `this` stays where it is.
  Result<void> open(const LdapSearch& search);
  Result<void> bind(const LdapSearch& search);
  // The next message that answers `id`.
  Result<LdapMessage> next(int id);

  ldap* get() { return ldap_; }
  // What a result code (RFC 4511 A.2, or libldap's own) asks for.
  Error failure(int code, const std::string& what, const char* said = nullptr) const;

 private:
  Result<void> start_tls();
  // The result that ends an operation: LDAP_SUCCESS, or why not.
  Result<void> ended(int id, const std::string& what);

  // Debian's libldap waits for a TLS handshake without end: when the reading is over, the watch takes its
  // socket away.
  class Watch;

  const Reading& reading_;
  std::unique_ptr<Watch> watch_;
  ldap* ldap_ = nullptr;
};

}  // namespace breakwater::sources
