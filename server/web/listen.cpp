#include "web/listen.h"

#include <fcntl.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <charconv>
#include <cstdint>
#include <optional>

namespace breakwater::web {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

std::optional<tcp::endpoint> parse_endpoint(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::string host = text.substr(0, colon);
  std::uint16_t port = 0;
  const char *begin = text.data() + colon + 1, *end = text.data() + text.size();
  const auto read = std::from_chars(begin, end, port);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (brackets) host = host.substr(1, host.size() - 2);
  error_code failed;
  const auto address = asio::ip::make_address(host, failed);
  if (failed || address.is_v6() != brackets) return std::nullopt;
  return tcp::endpoint(address, port);
}

}  // namespace

Result<tcp::acceptor> listen_on(asio::io_context& context, const std::string& address) {
  const auto endpoint = parse_endpoint(address);
  if (!endpoint) {
    return error(Fault::invalid,
                 "not an address to listen on: '" + address + "'; write 127.0.0.1:9125 or [::1]:9125");
  }
  tcp::acceptor acceptor(context);
  error_code failed;
  acceptor.open(endpoint->protocol(), failed);
  // Asio does not: a server that begins anew by exec would find its own address taken.
  if (!failed) ::fcntl(acceptor.native_handle(), F_SETFD, FD_CLOEXEC);
  if (!failed) acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
  if (!failed && endpoint->address().is_v6()) acceptor.set_option(asio::ip::v6_only(true), failed);
  if (!failed) acceptor.bind(*endpoint, failed);
  if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
  if (!failed) return acceptor;
  const bool taken = failed == asio::error::address_in_use;
  return error(taken ? Fault::busy : Fault::unavailable,
               "cannot listen on " + address + ": " + failed.message());
}

}  // namespace breakwater::web
