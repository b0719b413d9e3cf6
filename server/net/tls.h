// Certificates as a TLS context for the server's side. Made on any thread, then shared by sessions, never
// changed.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "terms/result.h"

namespace breakwater::net {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

// PEM files: the certificate with its chain, the private key (not encrypted). Errors name the file and say
// what OpenSSL did not like; also when key and certificate do not belong together.
Result<TlsContext> load_tls(const std::string& certificate, const std::string& key);

}  // namespace breakwater::net
