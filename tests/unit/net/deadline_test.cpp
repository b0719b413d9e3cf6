#include "net/deadline.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>

namespace breakwater::net {
namespace {

using namespace std::chrono_literals;

TEST(Deadline, FiresOnceWhenItIsDue) {
  boost::asio::io_context context;
  int fired = 0;
  Deadline deadline(context.get_executor(), [&fired] { ++fired; });
  const auto begin = std::chrono::steady_clock::now();
  deadline.extend(20ms);
  context.run();
  EXPECT_EQ(fired, 1);
  EXPECT_TRUE(deadline.passed());
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 20ms);
}

TEST(Deadline, MovesBothWays) {
  boost::asio::io_context context;
  int fired = 0;
  Deadline deadline(context.get_executor(), [&fired] { ++fired; });
  const auto begin = std::chrono::steady_clock::now();
  deadline.extend(10ms);
  deadline.extend(60ms);
  context.run();
  EXPECT_EQ(fired, 1);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 60ms);
  deadline.extend(1h);
  EXPECT_FALSE(deadline.passed());
  deadline.extend(1ms);
  context.restart();
  context.run();
  EXPECT_EQ(fired, 2);
}

TEST(Deadline, IsSilentWhenItIsGone) {
  boost::asio::io_context context;
  int fired = 0;
  auto deadline = std::make_unique<Deadline>(context.get_executor(), [&fired] { ++fired; });
  deadline->extend(1ms);
  deadline.reset();
  context.run();
  EXPECT_EQ(fired, 0);
}

}  // namespace
}  // namespace breakwater::net
