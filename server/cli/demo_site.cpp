#include "cli/demo_site.h"

#include <stdlib.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "cli/office.h"
#include "cli/progress.h"

namespace breakwater::cli {
namespace {

constexpr std::uint64_t kBatch = 5000;
constexpr const char* kStarter = "starter@members.example";

std::string server_toml(const SiteOptions& options) {
  return "# Written by 'breakwater demo'; gone when it ends.\n"
         "hostname = \"" +
         std::string(DemoSite::kDomain) +
         "\"\n"
         "postmaster = [\"postmaster@members.example\"]\n"
         "data_dir = \"data\"\n\n"
         "[[listener]]\nkind = \"mx\"\naddress = \"127.0.0.1:" +
         std::to_string(options.port) +
         "\"\n\n"
         "[[route]]\nname = \"sink\"\nkind = \"smarthost\"\ndomains = [\"*\"]\n"
         "host = \"" +
         options.sink.host + "\"\nport = " + std::to_string(options.sink.port) +
         "\n"
         "tls = \"" +
         (options.own_sink ? "none" : "may") + "\"\n";
}

std::string list_toml(const DemoList& list, bool individual) {
  return "domain = \"" + std::string(DemoSite::kDomain) +
         "\"\n"
         "description = \"A list of the demo\"\n"
         "owners = [\"owner@members.example\"]\n"
         "post = \"anyone\"\n"
         "subject_prefix = \"[" +
         list.name +
         "] \"\n"
         "delivery = \"" +
         (individual ? "individual" : "batch") + "\"\n";
}

Result<void> write_file(const std::string& name, const std::string& text) {
  std::ofstream file(name, std::ios::binary);
  file << text;
  file.close();
  if (!file) return error(Fault::full, "cannot write " + name + ": " + std::strerror(errno));
  return {};
}

// Who begins the storms is one of the members.
std::string member_address(std::uint64_t number, std::uint64_t domains) {
  if (number == 0) return kStarter;
  return "member" + std::to_string(number + 1) + "@site" + std::to_string(number % domains) + ".example";
}

Result<void> add_members(Office& office, const DemoList& list,
                         const std::function<std::string(std::uint64_t)>& address,
                         const std::function<bool()>& stop) {
  Progress progress("members of " + list.name);
  for (std::uint64_t at = 0; at < list.members;) {
    if (stop()) return error(Fault::unavailable, "interrupted");
    boost::json::array rows;
    for (; at < list.members && rows.size() < kBatch; ++at)
      rows.push_back(boost::json::array{at + 1, address(list.first + at), "", "", ""});
    const auto done =
        office.ask({{"command", "member.import"}, {"list", list.name}, {"rows", std::move(rows)}},
                   [](const boost::json::object&) { return true; });
    if (!done) return done.error();
    if (!done->at("bad").as_array().empty())
      return error(Fault::invalid, "a member of the demo was not taken");
    progress.show(static_cast<double>(at) / static_cast<double>(list.members), at);
  }
  return {};
}

}  // namespace

std::array<DemoList, 3> DemoSite::lists(std::uint64_t posted_to) {
  return {DemoList{"team", 12}, DemoList{"department", 1000}, DemoList{kPostedTo, posted_to}};
}

std::vector<DemoList> DemoSite::nested_lists(std::uint64_t members, std::uint64_t count) {
  std::vector<DemoList> made;
  for (std::uint64_t at = 0; at < count; ++at) {
    const std::uint64_t first = at * members / (count + 1), end = (at + 2) * members / (count + 1);
    made.push_back({"part" + std::to_string(at + 1), end - first, first});
  }
  return made;
}

Result<DemoSite> DemoSite::make() {
  const char* const base = getenv("TMPDIR");
  std::string name =
      std::string(base != nullptr && base[0] == '/' ? base : "/tmp") + "/breakwater-demo-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) {
    return error(Fault::unavailable, "cannot make a temporary folder " + name + ": " + std::strerror(errno));
  }
  return DemoSite(name);
}

DemoSite::~DemoSite() {
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

Result<void> DemoSite::furnish(const SiteOptions& options, const std::function<bool()>& stop) {
  if (const auto done = write_file(config_file(), server_toml(options)); !done) return done.error();
  std::error_code status;
  std::filesystem::create_directory(folder_ + "/lists", status);
  if (status) return error(Fault::unavailable, folder_ + "/lists: " + status.message());
  const std::vector<DemoList> parts = nested_lists(options.members, options.nested);
  const auto well_known = lists(parts.empty() ? options.members : parts.size());
  std::vector<DemoList> all(well_known.begin(), well_known.end());
  all.insert(all.end(), parts.begin(), parts.end());
  for (const DemoList& list : all) {
    const auto written =
        write_file(folder_ + "/lists/" + list.name + ".toml", list_toml(list, options.individual));
    if (!written) return written.error();
  }
  const auto office = Office::open(config_file());
  if (!office) return office.error();
  for (const DemoList& list : all) {
    const bool of_lists = list.name == kPostedTo && !parts.empty();
    const auto address = [&](std::uint64_t number) {
      return of_lists ? parts[number].name + "@" + kDomain : member_address(number, options.domains);
    };
    if (const auto added = add_members(**office, list, address, stop); !added) return added.error();
  }
  return {};
}

}  // namespace breakwater::cli
