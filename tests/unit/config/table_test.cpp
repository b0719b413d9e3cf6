// Struct, table, reference page and samples say the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "arity.h"
#include "config/config.h"
#include "config/document.h"
#include "config/fields.h"
#include "config/problems.h"
#include "config/value.h"
#include "regenerate.h"

namespace breakwater::config {
namespace {

using testing::HasSubstr;

const std::string source = BREAKWATER_SOURCE_DIR;

std::size_t members_covered(const std::string& name) {
  std::size_t sum = 0;
  for (const Field& field : section(name).fields) sum += static_cast<std::size_t>(field.covers);
  return sum;
}

TEST(Table, HasARowForEveryMember) {
  EXPECT_EQ(members_covered("limits"), arity<Limits>());
  EXPECT_EQ(members_covered("timeouts"), arity<Timeouts>());
  EXPECT_EQ(members_covered("delivery"), arity<Delivery>());
  EXPECT_EQ(members_covered("log"), arity<Log>());
  EXPECT_EQ(members_covered("retry"), arity<queue::RetrySchedule>());
  EXPECT_EQ(members_covered("listener"), arity<Listener>());
  EXPECT_EQ(members_covered("route"), arity<queue::Route>());
  EXPECT_EQ(members_covered("metrics"), arity<Metrics>());
  EXPECT_EQ(members_covered("web"), arity<Web>());
  EXPECT_EQ(members_covered("list") + 5, arity<lists::List>());      // its tables
  EXPECT_EQ(members_covered("sync") + 2, arity<lists::ListSync>());  // [[source]], [[exclude]]
  EXPECT_EQ(members_covered("source"), arity<lists::SourceSettings>());
  EXPECT_EQ(arity<lists::SyncLimits>(), 3U);  // each has its key in [sync]
  EXPECT_EQ(members_covered("guard"), arity<storm::Policy>());
  EXPECT_EQ(members_covered("bounces"), arity<lists::BouncePolicy>());
  EXPECT_EQ(members_covered("digest"), arity<lists::DigestPolicy>());
  EXPECT_EQ(members_covered("rule"), arity<lists::RuleText>());
  EXPECT_EQ(arity<storm::BreakerOptions>(), 4U);  // each has its key in [guard]
  // Besides its keys: file, the seven sections, listeners, routes, lists, their files and templates.
  constexpr std::size_t made_otherwise = 1 + 7 + 2 + 3;
  EXPECT_EQ(members_covered("") + made_otherwise, arity<Config>());
  EXPECT_EQ(sections().size(), 1U + 7 + 2 + 8);
}

TEST(Table, RowsAreWhole) {
  for (const Section& in : sections()) {
    EXPECT_THAT(in.doc, testing::EndsWith(".")) << in.name;
    std::set<std::string> keys;
    for (const Field& field : in.fields) {
      EXPECT_TRUE(keys.insert(field.key).second) << field.key;
      EXPECT_THAT(field.key, testing::MatchesRegex("[a-z][a-z_]*"));
      EXPECT_THAT(field.doc, testing::EndsWith(".")) << field.key;
      EXPECT_LE(field.least, field.most) << field.key;
      EXPECT_TRUE(field.store && field.show) << field.key;
      if (field.required) EXPECT_FALSE(field.sample.empty()) << field.key;
    }
  }
}

// The value of "key = TOML" for a field, by the reader itself.
Value read_back(const Field& field, const std::string& toml) {
  const Document document = parse_document("x = " + toml);
  EXPECT_EQ(document.trouble, "") << field.key << " = " << toml;
  if (document.root.entries.empty()) return {};
  Problems problems;
  const Disk disk{"/etc/breakwater", nullptr, nullptr};
  ValueReader reader(problems, problems.open("x", "x = " + toml), disk);
  Value value;
  EXPECT_TRUE(reader.read(field, document.root.entries[0].value, value)) << field.key << " = " << toml;
  return value;
}

TEST(Table, DefaultsAreWithinTheirLimitsAndReadBackAsThemselves) {
  for (const Section& in : sections()) {
    for (const Field& field : in.fields) {
      if (field.required || !field.default_text.empty()) continue;
      EXPECT_EQ(read_back(field, default_text(in, field)), in.default_of(field))
          << in.name << " " << field.key;
    }
  }
}

TEST(Table, ExamplesAndSamplesAreValid) {
  for (const Section& in : sections()) {
    for (const Field& field : in.fields) {
      if (!field.example.empty()) read_back(field, field.example);
      if (!field.sample.empty()) read_back(field, field.sample);
    }
  }
}

TEST(ReferencePage, IsWhatTheTableSays) {
  expect_file(source + "/docs/configuration.md", describe_markdown());
}

TEST(ReferencePage, NamesEveryKey) {
  const std::string page = describe_markdown();
  for (const Section& in : sections()) {
    for (const Field& field : in.fields) EXPECT_THAT(page, HasSubstr("| `" + field.key + "` |"));
  }
}

TEST(Samples, AreWhatTheTableSays) {
  expect_file(source + "/config/breakwater.toml", sample_server_toml());
  expect_file(source + "/config/lists/tech.toml", sample_list_toml());
}

TEST(Samples, ShowEveryKey) {
  for (const Section& in : sections()) {
    if (!in.same_as.empty()) continue;
    const std::string sample = is_of_list(in.shape) ? sample_list_toml() : sample_server_toml();
    std::size_t from = 0;
    if (in.shape != Shape::top && in.shape != Shape::list_file)
      from = sample.find((in.shape == Shape::list_tables ? "\n#" : "\n") + in.heading() + "\n");
    ASSERT_NE(from, std::string::npos) << in.heading();
    for (const Field& field : in.fields) {
      const std::size_t set = sample.find("\n" + field.key + " = ", from);
      const std::size_t shown = sample.find("\n#" + field.key + " = ", from);
      EXPECT_LT(std::min(set, shown), sample.find("\n[", from + 1)) << in.heading() << " " << field.key;
    }
  }
}

// Taking the '#' away from what is shown gives settings that work: all single sections, then each
// alternative.
TEST(Samples, WorkWhenUncommented) {
  const std::string sample = sample_server_toml();
  const std::size_t arrays = sample.find("\n# Where the server listens");
  ASSERT_NE(arrays, std::string::npos);
  const auto uncommented = [](std::string text) {
    for (std::size_t at = 0; (at = text.find("\n#", at)) != std::string::npos; ++at) {
      const char next = text[at + 2];
      if ((next >= 'a' && next <= 'z') || next == '[') text.erase(at + 1, 1);
    }
    return text;
  };
  const auto check = [](const std::string& server, const std::string& list) {
    const Loaded loaded = load_from({"breakwater.toml", server, ""}, {{"lists/tech.toml", list, ""}});
    for (const Problem& problem : loaded.problems) ADD_FAILURE() << problem.text();
    return loaded.config;
  };
  check(uncommented(sample.substr(0, arrays)) + sample.substr(arrays), uncommented(sample_list_toml()));

  std::string alternatives = sample;
  for (const Section& in : sections()) {
    if (is_of_list(in.shape)) continue;  // of the list's sample, which is uncommented whole above
    for (const Section::Alternative& other : in.alternatives) {
      alternatives += "\n" + in.heading() + "\n";
      for (const auto& [key, value] : other.settings) {
        EXPECT_NE(in.find(key), nullptr) << key;
        EXPECT_THAT(sample, HasSubstr("\n#" + key + " = " + value + "\n"));
        alternatives += key + " = " + value + "\n";
      }
    }
  }
  const Snapshot all = check(alternatives, sample_list_toml());
  ASSERT_NE(all, nullptr);
  EXPECT_EQ(all->listeners.size(), 5U);
  EXPECT_EQ(all->routes.all().size(), 3U);
}

TEST(DescribeText, OneKeyASectionOrAll) {
  EXPECT_THAT(describe_text("limits.message_size"),
              HasSubstr("limits.message_size\n    The largest message"));
  EXPECT_THAT(describe_text("limits.message_size"),
              HasSubstr("default: \"10MiB\"\n    limits:  64KiB to 1GiB\n"));
  EXPECT_THAT(describe_text("connections"),
              testing::AllOf(HasSubstr("limits.connections\n"), HasSubstr("route.connections\n")));
  EXPECT_THAT(describe_text("retry"),
              testing::AllOf(HasSubstr("retry.waits"), HasSubstr("retry.jitter_percent")));
  EXPECT_EQ(describe_text("limits.mesage_size"),
            "unknown key 'limits.mesage_size'; did you mean 'limits.message_size'?\n");
  for (const Section& in : sections()) {
    for (const Field& field : in.fields) EXPECT_THAT(describe_text(""), HasSubstr(field.key + "\n    "));
  }
}

}  // namespace
}  // namespace breakwater::config
