// What an administrator sees at three in the morning.
#include "cli/storm_status.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

namespace breakwater::cli {
namespace {

boost::json::object parsed(const char* text) { return boost::json::parse(text).as_object(); }

TEST(StormStatus, is_one_line_when_all_is_quiet) {
  const auto answer =
      parsed(R"({"at":"2026-11-22T16:01:10Z","lists":0,"open":0,"frozen":0,"held":0,"spared":0})");
  EXPECT_EQ(status_text(answer, {}),
            "2026-11-22 16:01:10 UTC: all is quiet; nothing is open, frozen or held\n");
}

TEST(StormStatus, says_what_is_open_frozen_and_held) {
  const auto answer = parsed(R"({"at":"2026-11-22T16:01:10Z","lists":2,"open":1,"frozen":1,"held":82,
      "spared":69700000})");
  const auto all = parsed(R"({"list":"all@lists.example","frozen":false,"held":81,"spared":68850000,
      "held_by_verdict":[{"verdict":"hold","postings":81,"spared":68850000}],
      "next_probe":"2026-11-22T17:00:10Z",
      "breakers":[{"thread":"8f3c","subject":"Re: \u001b[31mtest","state":"open",
      "score":12.25,"limit":3,
      "reproduction":2.1,"opened":"2026-11-22T16:00:10Z","probe":"2026-11-22T17:00:10Z","openings":2,
      "held":81,
      "spared":68850000,"evidence":["+2.1 new voice, 5 words, 40 s after the last"]},
      {"thread":"","subject":"","state":"closed","score":0.5,"limit":9,"reproduction":0,"opened":"",
      "probe":"",
      "openings":0,"held":0,"spared":0,"evidence":[]}]})");
  const auto tech = parsed(R"({"list":"tech@lists.example","frozen":true,
      "frozen_since":"2026-11-22T16:00:59Z",
      "frozen_by":"uid 0 by the control socket","frozen_reason":"to be sure","held":1,"spared":850000,
      "held_by_verdict":[{"verdict":"confirm","postings":1,"spared":850000}],
      "next_probe":"","breakers":[]})");
  EXPECT_EQ(
      status_text(answer, {all, tech}),
      "2026-11-22 16:01:10 UTC: 1 breaker open, 1 list frozen, 82 postings held: 69,700,000 deliveries not "
      "made\n"
      "\n"
      "all@lists.example\n"
      "  waiting (hold): 81 postings, 68,850,000 deliveries\n"
      "  open: thread 8f3c 'Re: ?[31mtest'\n"
      "    score 12.2 of 3.0; growing: 2.1 replies in ten minutes for each one in the ten before\n"
      "    opened 2026-11-22 16:00:10 UTC, 2 openings in a row; next probe 2026-11-22 17:00:10 UTC\n"
      "    held 81 postings since, spared 68,850,000 deliveries\n"
      "      +2.1 new voice, 5 words, 40 s after the last\n"
      "  closed: the whole list\n"
      "    score 0.5 of 9.0; few replies\n"
      "\n"
      "tech@lists.example\n"
      "  FROZEN since 2026-11-22 16:00:59 UTC by uid 0 by the control socket: to be sure\n"
      "  waiting (confirm): 1 posting, 850,000 deliveries\n");
}

}  // namespace
}  // namespace breakwater::cli
