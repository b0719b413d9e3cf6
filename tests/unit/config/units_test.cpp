#include "config/units.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "config/problems.h"

namespace breakwater::config {
namespace {

TEST(Durations, Read) {
  EXPECT_EQ(parse_duration("500ms"), 500);
  EXPECT_EQ(parse_duration("90s"), 90'000);
  EXPECT_EQ(parse_duration("5m"), 300'000);
  EXPECT_EQ(parse_duration("5 m"), 300'000);
  EXPECT_EQ(parse_duration("1h30m"), 5'400'000);
  EXPECT_EQ(parse_duration("5d"), 432'000'000);
  EXPECT_EQ(parse_duration("0s"), 0);
  for (const char* bad : {"", "5", "m", "5M", "-5m", "1.5h", "5m5m", "30m1h", " 5m", "5m ", "5  m",
                          "99999999d", "9999999999999s", "5min"}) {
    EXPECT_EQ(parse_duration(bad), std::nullopt) << bad;
  }
}

TEST(Sizes, Read) {
  EXPECT_EQ(parse_size("10MiB"), 10 * 1024 * 1024);
  EXPECT_EQ(parse_size("10 MiB"), 10 * 1024 * 1024);
  EXPECT_EQ(parse_size("64kib"), 64 * 1024);
  EXPECT_EQ(parse_size("500kB"), 500'000);
  EXPECT_EQ(parse_size("7B"), 7);
  for (const char* bad : {"", "10", "10M", "MiB", "-1B", "1.5MiB", "10MiB5KiB", "999999999999TiB", " 1B"}) {
    EXPECT_EQ(parse_size(bad), std::nullopt) << bad;
  }
}

TEST(Units, ReadBackWhatTheyWrite) {
  EXPECT_EQ(format_duration(5'400'000), "1h30m");
  EXPECT_EQ(format_duration(0), "0s");
  EXPECT_EQ(format_size(10 * 1024 * 1024), "10MiB");
  EXPECT_EQ(format_size(1500), "1500B");
  EXPECT_TRUE(rc::check("any duration and size", [] {
    const auto number = *rc::gen::inRange<std::int64_t>(0, 800'000'000'000);
    RC_ASSERT(parse_duration(format_duration(number)) == number);
    RC_ASSERT(parse_size(format_size(number)) == number);
  }));
}

TEST(Units, AnyTextIsReadOrRefused) {
  EXPECT_TRUE(rc::check("never negative", [](const std::string& text) {
    RC_ASSERT(parse_duration(text).value_or(0) >= 0);
    RC_ASSERT(parse_size(text).value_or(0) >= 0);
  }));
}

TEST(Nearest, WhatSomebodyMayHaveMeant) {
  const std::vector<std::string> known = {"hostname", "postmaster", "data_dir", "threads",
                                          "mx",       "lmtp",       "warning"};
  EXPECT_EQ(nearest("hostnam", known), "hostname");
  EXPECT_EQ(nearest("ohstname", known), "hostname");
  EXPECT_EQ(nearest("datadir", known), "data_dir");
  EXPECT_EQ(nearest("thread", known), "threads");
  EXPECT_EQ(nearest("warn", known), "warning");
  EXPECT_EQ(nearest("ltmp", known), "lmtp");
  EXPECT_EQ(nearest("smtp", known), "");
  EXPECT_EQ(nearest("colour", known), "");
  EXPECT_EQ(nearest("", known), "");
  EXPECT_EQ(nearest(std::string(100'000, 'x'), known), "");
}

}  // namespace
}  // namespace breakwater::config
