#include "sources/ldap_session.h"

#include <fcntl.h>
#include <lber.h>
#include <ldap.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "sources/fd.h"

namespace breakwater::sources {
namespace {

constexpr const char* kAuthorities = "/etc/ssl/certs/ca-certificates.crt";
constexpr int kConnectMs = 10'000;

timeval interval(int ms) { return {ms / 1000, (ms % 1000) * 1000}; }

}  // namespace

void FreeMessage::operator()(ldapmsg* message) const { ldap_msgfree(message); }
void FreeControl::operator()(ldapcontrol* control) const { ldap_control_free(control); }
void FreeControls::operator()(ldapcontrol** controls) const { ldap_controls_free(controls); }

class LdapSession::Watch {
 public:
  explicit Watch(const Reading& reading)
      : reading_(reading), thread_([this](const std::stop_token& done) { watch(done); }) {
    callbacks_.lc_add = connected;
    callbacks_.lc_del = [](ldap*, Sockbuf*, ldap_conncb*) {};
    callbacks_.lc_arg = this;
  }
  ldap_conncb* callbacks() { return &callbacks_; }

 private:
  // libldap has connected, and has not sent anything yet.
  static int connected(ldap*, Sockbuf* buffer, LDAPURLDesc*, sockaddr*, ldap_conncb* callbacks) {
    auto* const watch = static_cast<Watch*>(callbacks->lc_arg);
    int fd = -1;
    if (ber_sockbuf_ctrl(buffer, LBER_SB_OPT_GET_FD, &fd) != 1) return 0;
    const std::scoped_lock lock(watch->lock_);
    watch->socket_ = Fd(fcntl(fd, F_DUPFD_CLOEXEC, 3));
    return 0;
  }

  void watch(const std::stop_token& done) {
    std::unique_lock lock(lock_);
    while (!done.stop_requested()) {
      wake_.wait_for(lock, done, std::chrono::milliseconds(100), [] { return false; });
      if (reading_.over() && socket_) shutdown(socket_.get(), SHUT_RDWR);
    }
  }

  const Reading& reading_;
  ldap_conncb callbacks_{};
  std::mutex lock_;
  std::condition_variable_any wake_;
  Fd socket_;
  std::jthread thread_;  // the last: it uses the others
};

LdapSession::LdapSession(const Reading& reading) : reading_(reading) {}

LdapSession::~LdapSession() {
  if (ldap_ != nullptr) ldap_unbind_ext(ldap_, nullptr, nullptr);
}

Result<void> LdapSession::open(const LdapSearch& search) {
  if (ldap_initialize(&ldap_, search.url.c_str()) != LDAP_SUCCESS) {
    return reading_.failed(Fault::invalid, "the URL is none of ldaps://host, ldap://host, ldapi://path");
  }
  watch_ = std::make_unique<Watch>(reading_);
  ldap_set_option(ldap_, LDAP_OPT_CONNECT_CB, watch_->callbacks());
  const int version = LDAP_VERSION3;
  const timeval limit = interval(reading_.wait_ms(kConnectMs));
  ldap_set_option(ldap_, LDAP_OPT_PROTOCOL_VERSION, &version);
  ldap_set_option(ldap_, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
  ldap_set_option(ldap_, LDAP_OPT_NETWORK_TIMEOUT, &limit);  // of connecting
  // Whatever a ldap.conf on this machine says.
  const int verify = LDAP_OPT_X_TLS_HARD, own = 0;
  ldap_set_option(ldap_, LDAP_OPT_X_TLS_REQUIRE_CERT, &verify);
  ldap_set_option(ldap_, LDAP_OPT_X_TLS_CACERTFILE,
                  search.ca_file.empty() ? kAuthorities : search.ca_file.c_str());
  ldap_set_option(ldap_, LDAP_OPT_X_TLS_NEWCTX, &own);
  return search.start_tls ? start_tls() : Result<void>();
}

Result<void> LdapSession::start_tls() {
  int id = 0;
  if (const int sent = ldap_start_tls(ldap_, nullptr, nullptr, &id); sent != LDAP_SUCCESS) {
    return failure(sent, "no connection");
  }
  if (const auto answered = ended(id, "StartTLS was refused"); !answered) return answered.error();
  const int done = ldap_install_tls(ldap_);
  return done == LDAP_SUCCESS ? Result<void>() : failure(done, "TLS failed");
}

Result<void> LdapSession::bind(const LdapSearch& search) {
  std::string password = search.bind_password;
  berval credentials{password.size(), password.data()};
  int id = 0;
  const int sent =
      ldap_sasl_bind(ldap_, search.bind_dn.c_str(), LDAP_SASL_SIMPLE, &credentials, nullptr, nullptr, &id);
  if (sent != LDAP_SUCCESS) return failure(sent, "no connection");
  return ended(id, "the bind was refused");
}

Result<LdapMessage> LdapSession::next(int id) {
  for (;;) {
    if (const auto on = reading_.may_go_on(); !on) return on.error();
    timeval limit = interval(reading_.wait_ms());
    LDAPMessage* message = nullptr;
    const int type = ldap_result(ldap_, id, LDAP_MSG_ONE, &limit, &message);
    LdapMessage owner(message);
    if (type > 0) return owner;
    if (type == 0) continue;
    int code = LDAP_SERVER_DOWN;
    ldap_get_option(ldap_, LDAP_OPT_RESULT_CODE, &code);
    return failure(code, "the connection broke off");
  }
}

Result<void> LdapSession::ended(int id, const std::string& what) {
  const auto message = next(id);
  if (!message) return message.error();
  int code = 0;
  char* said = nullptr;
  ldap_parse_result(ldap_, message->get(), &code, nullptr, &said, nullptr, nullptr, 0);
  const Error why = failure(code, what, said);
  ldap_memfree(said);
  return code == LDAP_SUCCESS ? Result<void>() : why;
}

Error LdapSession::failure(int code, const std::string& what, const char* said) const {
  if (const auto on = reading_.may_go_on(); !on) return on.error();
  std::string shown = what + ": " + ldap_err2string(code);
  char* diagnostic = nullptr;
  if (said == nullptr) ldap_get_option(ldap_, LDAP_OPT_DIAGNOSTIC_MESSAGE, &diagnostic);
  const std::string_view more = stripped(said != nullptr ? said : diagnostic != nullptr ? diagnostic : "");
  if (!more.empty()) shown += " (" + std::string(more) + ")";
  ldap_memfree(diagnostic);
  switch (code) {
    case LDAP_INVALID_CREDENTIALS:
    case LDAP_INSUFFICIENT_ACCESS:
    case LDAP_INAPPROPRIATE_AUTH:
      return reading_.failed(Fault::denied, shown + "; check bind_dn and its password");
    case LDAP_STRONG_AUTH_REQUIRED:
    case LDAP_CONFIDENTIALITY_REQUIRED:
      return reading_.failed(Fault::denied, shown + "; use ldaps:// or set start_tls = true");
    case LDAP_NO_SUCH_OBJECT:
      return reading_.failed(Fault::invalid, shown + "; the base does not exist, or bind_dn may not see it");
    case LDAP_SIZELIMIT_EXCEEDED:
    case LDAP_ADMINLIMIT_EXCEEDED:
      return reading_.failed(Fault::full,
                             shown + "; the server gives bind_dn no more: raise its limit there");
    case LDAP_SERVER_DOWN:
    case LDAP_CONNECT_ERROR:
      return reading_.failed(Fault::unavailable,
                             shown + "; is the URL right, the server up, its certificate good?");
    default: return reading_.failed(Fault::unavailable, shown);
  }
}

}  // namespace breakwater::sources
