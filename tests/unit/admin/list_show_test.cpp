// list.ls and list.show: each number means what its column says, and each setting says where it stands.
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <set>

#include "admin/desk.h"
#include "config/fields.h"
#include "store/bounces.h"
#include "store/directory.h"
#include "store/store.h"

namespace breakwater::admin {
namespace {

using boost::json::object;
const Instant kNow = from_ms(1'760'000'000'000);
constexpr const char* kServer = R"(hostname = "mx.example"
postmaster = ["root@example.net"]
[[listener]]
kind = "mx"
address = "127.0.0.1:25"
[[route]]
name = "out"
domains = ["*"]
kind = "smarthost"
host = "relay.example"
)";
constexpr const char* kList = R"(domain = "lists.example"
owners = ["ann@example.org",
          "Bob@example.org"]
join = "closed"
[digest]
daily = "05:30"
[[rule]]
larger_than = 1000
action = "refuse"
reason = "Please send a link."
)";

class ListShow : public testing::Test {
 protected:
  ListShow() {
    char name[] = "/tmp/breakwater-lists-XXXXXX";
    folder_ = mkdtemp(name);
    store_ = *store::Store::open({.directory = folder_ + "/data"}, kNow);
    have(kList);
    desk_ = std::make_unique<Desk>(
        DeskOptions{[this] { return config_; }, store_.get(), nullptr, [this] { return now_; }});
  }
  ~ListShow() override {
    desk_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  void have(const std::string& list) {
    auto loaded = config::load_from({"breakwater.toml", kServer, ""}, {{"/etc/lists/tech.toml", list, ""}});
    for (const config::Problem& problem : loaded.problems) ADD_FAILURE() << problem.text();
    config_ = loaded.config;
  }
  object ask(object request) {
    rows_.clear();
    const auto answer = desk_->ask(
        request,
        [this](const object& one) {
          rows_.push_back(one);
          return true;
        },
        "uid 0");
    return answer ? *answer : object{{"error", answer.error().what}};
  }
  void add(const char* address, const char* role, const char* delivery = "each") {
    const object done = ask({{"command", "member.add"},
                             {"list", "tech"},
                             {"address", address},
                             {"role", role},
                             {"delivery", delivery}});
    EXPECT_FALSE(done.contains("error")) << done.at("error");
  }
  std::int64_t count(const char* key) {
    ask({{"command", "list.ls"}});
    return rows_.at(0).at(key).to_number<std::int64_t>();
  }
  object setting(const object& shown, std::string_view section, std::string_view key) {
    for (const auto& one : shown.at("settings").as_array()) {
      if (one.at("section").as_string() == section && one.at("key").as_string() == key)
        return one.as_object();
    }
    return {};
  }

  std::string folder_;
  Instant now_ = kNow;
  std::unique_ptr<store::Store> store_;
  config::Snapshot config_;
  std::unique_ptr<Desk> desk_;
  std::vector<object> rows_;
};

TEST_F(ListShow, EachColumnIsTrueAlsoWhereTheListHasNoDigests) {
  add("each@example.org", "member");
  add("digest@example.org", "member", "digest");
  add("plain@example.org", "member", "digest-plain");
  add("none@example.org", "member", "none");
  add("pause@example.org", "member", "none until 2025-12-24 then digest");
  add("stopped@example.org", "member");
  const auto stopped = store_->write_and_wait([](store::Connection& db) -> Result<void> {
    const auto id = store::find_address(db, "stopped@example.org");
    const auto list = store::find_list(db, "tech@lists.example");
    const auto done = store::stop_member(db, {**list, **id}, kNow);
    return done ? Result<void>() : done.error();
  });
  ASSERT_TRUE(stopped.has_value());
  const auto all = [this] {
    return std::vector{count("members"), count("receiving"), count("digests"), count("paused"),
                       count("stopped")};
  };
  EXPECT_EQ(all(), (std::vector<std::int64_t>{6, 1, 2, 2, 1}));
  now_ = kNow + std::chrono::days(100);  // the pause has ended
  EXPECT_EQ(all(), (std::vector<std::int64_t>{6, 1, 3, 1, 1}));
  have("domain = \"lists.example\"\nowners = [\"ann@example.org\"]\n[digest]\nenabled = false\n");
  EXPECT_EQ(all(), (std::vector<std::int64_t>{6, 4, 0, 1, 1}));
}

TEST_F(ListShow, OwnersOfTheFileAndAppointedOnesCountOnce) {
  EXPECT_EQ(count("owners"), 2) << "also where the list has no row yet";
  add("bob@EXAMPLE.org", "owner");
  add("cy@example.org", "owner");
  add("dee@example.org", "moderator");
  EXPECT_EQ(count("owners"), 3);
  EXPECT_EQ(count("moderators"), 1);
  const object shown = ask({{"command", "list.show"}, {"list", "tech"}});
  EXPECT_EQ(boost::json::serialize(shown.at("owner_list")),
            R"([{"address":"ann@example.org","from":"tech.toml:2"},)"
            R"({"address":"Bob@example.org","from":"tech.toml:3"},)"
            R"({"address":"cy@example.org","from":"appointed"}])");
  EXPECT_EQ(shown.at("moderator_list").at(0).at("address"), "dee@example.org");
}

TEST_F(ListShow, EverySettingSaysWhereItStands) {
  const object shown = ask({{"command", "list.show"}, {"list", "tech"}});
  EXPECT_EQ(shown.at("file"), "/etc/lists/tech.toml");
  const auto said = [&](std::string_view section, std::string_view key) {
    const object one = setting(shown, section, key);
    return std::string(one.at("value").as_string()) + " | " + std::string(one.at("from").as_string());
  };
  EXPECT_EQ(said("", "join"), "closed | tech.toml:4");
  EXPECT_EQ(said("", "leave"), "free | default");
  EXPECT_EQ(said("", "language"), "en | default: the server's `language`");
  EXPECT_EQ(said("digest", "daily"), "05:30 | tech.toml:6");
  EXPECT_EQ(said("digest", "bytes"), "64KiB | default");
  EXPECT_EQ(said("guard", "confirm_within"), "3d | default");
  EXPECT_EQ(said("rule", "[[rule]]"), "refuse: Please send a link. | tech.toml:7");
  std::set<std::string> keys;
  for (const auto& one : shown.at("settings").as_array())
    keys.insert(std::string(one.at("section").as_string()) + "." + std::string(one.at("key").as_string()));
  for (const config::Section& section : config::sections()) {
    if (section.shape != config::Shape::list_file && section.shape != config::Shape::list_table) continue;
    const std::string name = section.shape == config::Shape::list_file ? "" : section.name;
    for (const config::Field& field : section.fields)
      EXPECT_TRUE(keys.contains(name + "." + field.key)) << name << "." << field.key;
  }
}

TEST_F(ListShow, NothingToTryAgainIsSaidInWords) {
  EXPECT_EQ(ask({{"command", "queue.retry"}}).at("message"),
            "nothing waits to be delivered; what waits for a person or a time is in 'hold ls'");
}

}  // namespace
}  // namespace breakwater::admin
