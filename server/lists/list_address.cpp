#include "lists/list_address.h"

#include <algorithm>
#include <array>
#include <utility>

namespace breakwater::lists {
namespace {

constexpr std::array<std::pair<std::string_view, SubAddress>, 3> kSuffixes = {
    {{"-owner", SubAddress::owner}, {"-bounces", SubAddress::bounces}, {"-request", SubAddress::request}}};

}  // namespace

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::optional<Target> find_target(const ListsByAddress& lists, std::string_view hostname,
                                  std::string_view local, std::string_view domain) {
  const std::string at_domain = "@" + lower_case(domain);
  const std::string name = lower_case(local);
  if (const auto list = lists.find(name + at_domain); list != lists.end()) {
    return Target{SubAddress::posting, &list->second, {}};
  }
  if (name == "postmaster" && (domain.empty() || is_local_domain(lists, hostname, domain))) {
    return Target{SubAddress::postmaster, nullptr, {}};
  }
  const std::size_t plus = name.find('+');
  const std::string base = name.substr(0, plus);
  for (const auto& [suffix, kind] : kSuffixes) {
    if (!base.ends_with(suffix)) continue;
    const auto list = lists.find(base.substr(0, base.size() - suffix.size()) + at_domain);
    if (list == lists.end()) continue;
    std::string detail = plus == std::string::npos ? std::string() : std::string(local.substr(plus + 1));
    return Target{kind, &list->second, std::move(detail)};
  }
  return std::nullopt;
}

bool is_local_domain(const ListsByAddress& lists, std::string_view hostname, std::string_view domain) {
  const std::string wanted = lower_case(domain);
  if (wanted == lower_case(hostname)) return true;
  return std::any_of(lists.begin(), lists.end(),
                     [&](const auto& entry) { return entry.second.domain == wanted; });
}

}  // namespace breakwater::lists
