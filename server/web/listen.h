// An address as people write it, and a socket that listens on it. Blocks for no longer than bind does.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <string>

#include "terms/result.h"

namespace breakwater::web {

// "127.0.0.1:9125", "[::1]:9125" (IPv6 only); port 0: any. Errors: Fault::invalid for no address, Fault::busy
// where it is taken, Fault::unavailable for the rest, with the address in words.
Result<boost::asio::ip::tcp::acceptor> listen_on(boost::asio::io_context& context,
                                                 const std::string& address);

}  // namespace breakwater::web
