#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/system/error_code.hpp>

namespace breakwater::net {
namespace {

namespace ssl = boost::asio::ssl;

// TLS 1.2's list; TLS 1.3 has its own, all good. Forward secrecy first. RSA key exchange stays at the end: a
// sender that knows nothing better would otherwise come back in clear, which protects nobody.
constexpr const char* kCiphers =
    "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:DHE+AES:RSA+AESGCM:RSA+AES"
    ":!aNULL:!eNULL:!PSK:!SRP:!DSS:!CAMELLIA:!ARIA";

std::string reason(const boost::system::error_code& code) {
  ERR_clear_error();
  return code.message();
}

int no_passphrase(char*, int, int, void*) { return -1; }  // else OpenSSL asks on the terminal

}  // namespace

Result<TlsContext> load_tls(const std::string& certificate, const std::string& key) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                  SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_SINGLE_ECDH_USE |
                                  SSL_OP_SINGLE_DH_USE);
  // Thousands of idle connections: OpenSSL gives its buffers back between records.
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);  // tickets resume without memory here
  SSL_CTX_set_dh_auto(native, 1);
  SSL_CTX_set_default_passwd_cb(native, no_passphrase);
  if (SSL_CTX_set_cipher_list(native, kCiphers) != 1)
    return error(Fault::invalid, "OpenSSL knows no usable ciphers");

  boost::system::error_code failed;
  context->use_certificate_chain_file(certificate, failed);
  if (failed) {
    return error(Fault::invalid, "certificate " + certificate + " cannot be used: " + reason(failed) +
                                     " (a PEM file with the certificate first, then its chain)");
  }
  context->use_private_key_file(key, ssl::context::pem, failed);
  if (failed) {
    return error(Fault::invalid, "private key " + key + " cannot be used with certificate " + certificate +
                                     ": " + reason(failed) +
                                     " (an unencrypted PEM file that belongs to the certificate)");
  }
  if (SSL_CTX_check_private_key(native) != 1) {
    ERR_clear_error();
    return error(Fault::invalid, "private key " + key + " does not belong to certificate " + certificate);
  }
  return context;
}

}  // namespace breakwater::net
