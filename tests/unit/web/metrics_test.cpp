#include "web/metrics.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>

namespace breakwater::web {
namespace {

TEST(Metrics, TheTextIsWhatPrometheusReads) {
  Registry registry;
  auto& postings = registry.counters({"breakwater_postings_total", "By verdict.", {"verdict", "defence"}});
  auto& deliveries = registry.counters({"breakwater_deliveries_total", "Copies.", {}});
  auto& held = registry.gauges({"breakwater_held", "Held.", {"list"}});
  auto& empty = registry.gauges({"breakwater_none", "None.", {"list"}});
  const double bounds[] = {0.5, 1, 2.5};
  auto& mail = registry.timings({"breakwater_mail_seconds", "Time.", {}}, bounds);
  postings.at({"hold", "breaker"}).add(3);
  postings.at({"distribute", "none"}).add();
  held.replace({{{"b@x"}, 2}, {{"a@x"}, 0.25}});
  empty.replace({});
  deliveries.at().add(18446744073709551615U);
  for (const double seconds : {0.5, 0.75, 7.0, -3.0}) mail.observe(seconds);
  EXPECT_EQ(registry.text(),
            "# HELP breakwater_postings_total By verdict.\n"
            "# TYPE breakwater_postings_total counter\n"
            "breakwater_postings_total{verdict=\"distribute\",defence=\"none\"} 1\n"
            "breakwater_postings_total{verdict=\"hold\",defence=\"breaker\"} 3\n"
            "# HELP breakwater_deliveries_total Copies.\n"
            "# TYPE breakwater_deliveries_total counter\n"
            "breakwater_deliveries_total 18446744073709551615\n"
            "# HELP breakwater_held Held.\n"
            "# TYPE breakwater_held gauge\n"
            "breakwater_held{list=\"a@x\"} 0.25\n"
            "breakwater_held{list=\"b@x\"} 2\n"
            "# HELP breakwater_none None.\n"
            "# TYPE breakwater_none gauge\n"
            "# HELP breakwater_mail_seconds Time.\n"
            "# TYPE breakwater_mail_seconds histogram\n"
            "breakwater_mail_seconds_bucket{le=\"0.5\"} 2\n"
            "breakwater_mail_seconds_bucket{le=\"1\"} 3\n"
            "breakwater_mail_seconds_bucket{le=\"2.5\"} 3\n"
            "breakwater_mail_seconds_bucket{le=\"+Inf\"} 4\n"
            "breakwater_mail_seconds_sum 8.25\n"
            "breakwater_mail_seconds_count 4\n");
}

TEST(Metrics, LabelsAndHelpAreEscaped) {
  EXPECT_EQ(escaped_label("plain@lists.example"), "plain@lists.example");
  EXPECT_EQ(escaped_label("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
  EXPECT_EQ(escaped_label("\n\n"), "\\n\\n");
  EXPECT_EQ(escaped_label("t\tb\x01z"), "t b z");
  EXPECT_EQ(escaped_label("\xc3\xa9\xff"), "\xc3\xa9\xef\xbf\xbd");
  EXPECT_EQ(escaped_label(""), "");
  EXPECT_LT(escaped_label(std::string(10'000, 'x')).size(), 300U);
  EXPECT_LT(escaped_label(std::string(10'000, '\n')).size(), 500U);
  Registry registry;
  registry.gauges({"breakwater_g", "Two\nlines \\ and \"quotes\".", {}}).set(1);
  EXPECT_EQ(registry.text(),
            "# HELP breakwater_g Two\\nlines \\\\ and \"quotes\".\n# TYPE breakwater_g gauge\n"
            "breakwater_g 1\n");
}

// One line each, whatever a label holds.
TEST(Metrics, ALabelNeverEndsItsLineOrItsQuotes) {
  const bool always = rc::check("an escaped label", [](const std::string& value) {
    const std::string escaped = escaped_label(value);
    for (std::size_t at = 0; at < escaped.size(); ++at) {
      RC_ASSERT(static_cast<unsigned char>(escaped[at]) >= 0x20U);
      RC_ASSERT(escaped[at] != '"');
      if (escaped[at] != '\\') continue;
      ++at;
      RC_ASSERT(at < escaped.size());
      RC_ASSERT(escaped[at] == '\\' || escaped[at] == '"' || escaped[at] == 'n');
    }
  });
  EXPECT_TRUE(always);
}

TEST(Metrics, NumbersReadBackTheSame) {
  EXPECT_EQ(number_text(0), "0");
  EXPECT_EQ(number_text(850000), "850000");
  EXPECT_EQ(number_text(0.001), "0.001");
  EXPECT_EQ(number_text(-2.5), "-2.5");
  EXPECT_EQ(number_text(std::nan("")), "NaN");
  EXPECT_EQ(number_text(std::numeric_limits<double>::infinity()), "+Inf");
  EXPECT_EQ(number_text(-std::numeric_limits<double>::infinity()), "-Inf");
  EXPECT_EQ(std::stod(number_text(1.0 / 3)), 1.0 / 3);
}

TEST(Metrics, AHistogramCountsEachValueInItsBucket) {
  const double bounds[] = {1, 10, 100};
  Histogram histogram(bounds);
  for (const double value : {0.0, 1.0, 1.000001, 10.0, 99.0, 100.0, 101.0, 1e300}) histogram.observe(value);
  histogram.observe(std::nan(""));
  const auto reading = histogram.read();
  EXPECT_EQ(reading.up_to, (std::vector<std::uint64_t>{3, 5, 7, 9}));
}

TEST(Metrics, BucketsGrowAndTheLastHasAll) {
  const bool always = rc::check("buckets", [] {
    const double bounds[] = {0.01, 0.1, 1, 10};
    Histogram histogram(bounds);
    const auto values = *rc::gen::container<std::vector<int>>(rc::gen::inRange(-10, 20'000));
    double sum = 0;
    for (const int value : values) {
      histogram.observe(value / 1000.0);
      sum += std::max(0.0, value / 1000.0);
    }
    const auto reading = histogram.read();
    for (std::size_t at = 0; at + 1 < reading.up_to.size(); ++at) {
      RC_ASSERT(reading.up_to[at] <= reading.up_to[at + 1]);
      const auto within = std::count_if(values.begin(), values.end(),
                                        [&](int value) { return value / 1000.0 <= bounds[at]; });
      RC_ASSERT(reading.up_to[at] == static_cast<std::uint64_t>(within));
    }
    RC_ASSERT(reading.up_to.back() == values.size());
    RC_ASSERT(std::abs(reading.sum - sum) < 1e-6 * (1 + sum));
  });
  EXPECT_TRUE(always);
}

TEST(Metrics, AFloodOfNamesIsCountedTogether) {
  Registry registry;
  auto& family = registry.counters({"breakwater_c_total", "C.", {"list"}});
  for (std::size_t at = 0; at < max_children + 500; ++at) family.at({"list" + std::to_string(at)}).add();
  EXPECT_EQ(family.at({"other"}).value(), 500U);
  EXPECT_EQ(family.at({"list7"}).value(), 1U);
  auto& gauges = registry.gauges({"breakwater_g", "G.", {"list"}});
  std::vector<Gauges::Value> many;
  for (std::size_t at = 0; at < max_children + 500; ++at) many.push_back({{std::to_string(at)}, 1});
  gauges.replace(std::move(many));
  const std::string text = registry.text();
  EXPECT_LT(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')), 2 * max_children + 10);
}

TEST(Metrics, ThreadsCountTogether) {
  Registry registry;
  auto& family = registry.counters({"breakwater_c_total", "C.", {"verdict"}});
  const double bounds[] = {1};
  auto& mail = registry.timings({"breakwater_t_seconds", "T.", {}}, bounds);
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number) {
    threads.emplace_back([&] {
      for (int at = 0; at < 5000; ++at) {
        family.at({at % 2 == 0 ? "even" : "odd"}).add();
        mail.observe(0.5);
        if (at % 500 == 0) (void)registry.text();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(family.at({"even"}).value(), 10'000U);
  EXPECT_EQ(mail.histogram().read().up_to, (std::vector<std::uint64_t>{20'000, 20'000}));
  EXPECT_EQ(mail.histogram().read().sum, 10'000);
}

}  // namespace
}  // namespace breakwater::web
