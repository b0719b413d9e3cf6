#include "cli/office.h"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <utility>

#include "admin/control_client.h"
#include "cli/print.h"
#include "config/config.h"
#include "daemon/own_hands.h"
#include "daemon/purges.h"
#include "log/log.h"
#include "store/store.h"

namespace breakwater::cli {
namespace {

Instant now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

class AtServer : public Office {
 public:
  explicit AtServer(admin::ControlClient client) : client_(std::move(client)) {}
  bool server_runs() const override { return true; }
  Result<void> send(boost::json::object request) override { return client_.send(request); }
  Result<boost::json::object> receive(const admin::Row& row) override { return client_.receive(row); }

 private:
  admin::ControlClient client_;
};

class OwnStore : public Office {
 public:
  OwnStore(config::Snapshot config, std::unique_ptr<store::Store> store, uid_t user)
      : store_(std::move(store)),
        hands_(*store_, config),
        desk_({[config] { return config; }, store_.get(), nullptr, &now, &hands_, &hands_}),
        actor_("uid " + std::to_string(user) + ", no server running") {
    log::set_level(log::Level::error);             // what was done is the answer's to say
    daemon::finish_purges(*store_, false, [] {});  // no mail waits for it
  }
  bool server_runs() const override { return false; }
  Result<void> send(boost::json::object request) override {
    request_ = std::move(request);
    return {};
  }
  Result<boost::json::object> receive(const admin::Row& row) override {
    return desk_.ask(request_, row, actor_);
  }

 private:
  std::unique_ptr<store::Store> store_;
  daemon::OwnHands hands_;
  admin::Desk desk_;
  std::string actor_;
  boost::json::object request_;
};

// Root writes as the owner of the data directory. Nothing that comes later needs root's rights again.
Result<void> become_owner(const std::string& data_dir) {
  struct stat found {};
  if (geteuid() != 0 || stat(data_dir.c_str(), &found) != 0 || found.st_uid == 0) return {};
  if (setgroups(0, nullptr) != 0 || setgid(found.st_gid) != 0 || setuid(found.st_uid) != 0) {
    return error(Fault::denied, "cannot act as the owner of " + data_dir + ": " + std::strerror(errno));
  }
  return {};
}

}  // namespace

Result<config::Snapshot> load_config(const std::string& config_file) {
  auto loaded = config::load(config_file);
  if (loaded.config) return loaded.config;
  for (const auto& problem : loaded.problems)
    std::fprintf(stderr, "%s\n", terminal_text(problem.text()).c_str());
  return error(Fault::invalid, "the configuration has " + counted(loaded.problems.size(), "problem"));
}

Result<std::unique_ptr<Office>> Office::open(const std::string& config_file) {
  const auto config = load_config(config_file);
  if (!config) return config.error();
  auto client = admin::ControlClient::connect((*config)->control_socket);
  if (client) return std::unique_ptr<Office>(std::make_unique<AtServer>(std::move(*client)));
  if (client.error().fault != Fault::not_found) return client.error();
  const uid_t user = getuid();  // who gave the command, whoever it acts as
  if (const auto done = become_owner((*config)->data_dir); !done) return done.error();
  auto store = store::Store::open({.directory = (*config)->data_dir}, now());
  if (!store) return store.error();
  return std::unique_ptr<Office>(std::make_unique<OwnStore>(*config, std::move(*store), user));
}

Result<boost::json::object> Office::ask(const boost::json::object& request, const admin::Row& row) {
  if (const auto sent = send(request); !sent) return sent.error();
  return receive(row);
}

}  // namespace breakwater::cli
