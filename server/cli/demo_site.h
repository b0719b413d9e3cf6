// The demo's own little site: a temporary folder with a configuration, three lists and their members. One
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "opponents/socket.h"
#include "terms/result.h"

namespace breakwater::cli {

struct DemoList {
  std::string name;
  std::uint64_t members;
  std::uint64_t first = 0;  // the number of its first member; those of the others follow
};

inline constexpr std::uint64_t kDemoDomains = 40;  // members of a real list share their domains, too

struct SiteOptions {
  std::uint64_t members = 10'000;  // whom a message to the list that is posted to reaches
  std::uint64_t nested = 0;        // lists inside it by which they come; 0: they are its own members
  std::uint64_t domains = kDemoDomains;
  bool individual = false;
  std::uint16_t port = 0;  // where the server listens; 0: any
  opponents::Endpoint sink;
  bool own_sink = true;  // else it may speak TLS
};

class DemoSite {
 public:
  // Makes the folder ($TMPDIR, else /tmp). It goes with the object.
  static Result<DemoSite> make();
  ~DemoSite();
  DemoSite(DemoSite&& other) noexcept : folder_(std::exchange(other.folder_, {})) {}
  DemoSite& operator=(DemoSite&&) = delete;

  // Writes the configuration and imports the members, until `stop` says so.
  Result<void> furnish(const SiteOptions& options, const std::function<bool()>& stop);
  const std::string& folder() const { return folder_; }
  std::string config_file() const { return folder_ + "/breakwater.toml"; }
  std::string control_socket() const { return folder_ + "/data/control"; }
  std::string log_file(const char* of) const { return folder_ + "/" + of + ".log"; }

  static constexpr const char* kDomain = "lists.example";
  static constexpr const char* kPostedTo = "company";
  static std::array<DemoList, 3> lists(std::uint64_t posted_to);
  // `count` lists that together have `members` members, half of each list's in the next one too.
  static std::vector<DemoList> nested_lists(std::uint64_t members, std::uint64_t count);

 private:
  explicit DemoSite(std::string folder) : folder_(std::move(folder)) {}
  std::string folder_;
};

}  // namespace breakwater::cli
