#include "net/loops.h"

#include <gtest/gtest.h>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace breakwater::net {
namespace {

using boost::asio::ip::tcp;

// An accept that waits in one context owns the socket of the connection to come, and that belongs to another.
TEST(Loops, MayGoWhileAnAcceptWaitsForAConnectionOfAnotherLoop) {
  for (const std::size_t home : {0U, 1U}) {
    Loops loops(2);
    const auto contexts = loops.all();
    tcp::acceptor acceptor(*contexts[home], tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
    bool answered = false;
    acceptor.async_accept(*contexts[1 - home], [&answered](const boost::system::error_code&,
                                                           const tcp::socket&) { answered = true; });
    acceptor.close();  // its answer waits for a turn of the loop, which never comes
    EXPECT_FALSE(answered);
  }
}

}  // namespace
}  // namespace breakwater::net
