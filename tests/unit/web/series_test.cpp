// The names are a contract with whoever has written an alert; docs/metrics.md is where it stands.
#include "web/series.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace breakwater::web {
namespace {

std::string page() {
  std::ifstream file(BREAKWATER_SOURCE_DIR "/docs/metrics.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// "breakwater_postings_total{verdict,defence}"
std::string shown(const Description& description) {
  std::string out = description.name;
  for (std::size_t at = 0; at < description.labels.size(); ++at) {
    out += (at == 0 ? "{" : ",") + description.labels[at];
  }
  return description.labels.empty() ? out : out + "}";
}

TEST(Series, ThePageHasEachOnce) {
  const Metrics metrics;
  const std::string text = page();
  ASSERT_FALSE(text.empty());
  std::set<std::string> ours;
  for (const Description* description : metrics.registry.descriptions()) {
    const std::string line = "\n| `" + shown(*description) + "` | ";
    const std::size_t first = text.find(line);
    EXPECT_NE(first, std::string::npos) << "docs/metrics.md has no line for " << shown(*description);
    if (first != std::string::npos) EXPECT_EQ(text.find(line, first + 1), std::string::npos) << line;
    EXPECT_TRUE(ours.insert(description->name).second) << description->name << " is there twice";
  }
  const std::regex name("breakwater_[a-z_]+");
  for (std::sregex_iterator found(text.begin(), text.end(), name), end; found != end; ++found) {
    std::string used = found->str();
    for (const char* part : {"_bucket", "_sum", "_count"}) {
      if (used.ends_with(part)) used.resize(used.size() - std::string(part).size());
    }
    EXPECT_TRUE(ours.contains(used)) << "docs/metrics.md speaks of " << used << ", which there is not";
  }
}

TEST(Series, NamesAreWellFormed) {
  const Metrics metrics;
  const std::regex name("breakwater_[a-z]+(_[a-z]+)*");
  for (const Description* description : metrics.registry.descriptions()) {
    EXPECT_TRUE(std::regex_match(description->name, name)) << description->name;
    EXPECT_TRUE(description->help.ends_with('.')) << description->name;
  }
  const std::string text = metrics.registry.text();
  std::stringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) {
      const bool total = line.find("_total ") != std::string::npos;
      EXPECT_EQ(total, line.ends_with(" counter")) << line;
    }
  }
}

TEST(Series, WhatIsCountedIsThereFromTheStart) {
  const Metrics metrics;
  const std::string text = metrics.registry.text();
  EXPECT_NE(text.find("\nbreakwater_deliveries_total 0\n"), std::string::npos);
  EXPECT_NE(text.find("\nbreakwater_ordinary_mail_seconds_bucket{le=\"0.001\"} 0\n"), std::string::npos);
  EXPECT_NE(text.find("\nbreakwater_ordinary_mail_seconds_bucket{le=\"3600\"} 0\n"), std::string::npos);
}

}  // namespace
}  // namespace breakwater::web
