#include "lists/list_address.h"

#include <algorithm>
#include <array>
#include <utility>

#include "lists/command_mail.h"

namespace breakwater::lists {
namespace {

constexpr auto kSuffixes =
    std::to_array<std::pair<std::string_view, SubAddress>>({{"owner", SubAddress::owner},
                                                            {"bounces", SubAddress::bounces},
                                                            {"request", SubAddress::request},
                                                            {"confirm", SubAddress::confirm}});

}  // namespace

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::optional<SubAddress> sub_address_of(std::string_view suffix) {
  const auto verb = verb_of_address(suffix);
  if (verb == Verb::join) return SubAddress::join;
  if (verb == Verb::leave) return SubAddress::leave;
  const auto known =
      std::find_if(kSuffixes.begin(), kSuffixes.end(), [&](const auto& one) { return one.first == suffix; });
  return known == kSuffixes.end() ? std::nullopt : std::optional(known->second);
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
  const std::size_t dash = base.rfind('-');
  if (dash == std::string::npos) return std::nullopt;
  const auto kind = sub_address_of(std::string_view(base).substr(dash + 1));
  const auto list = lists.find(base.substr(0, dash) + at_domain);
  if (!kind || list == lists.end()) return std::nullopt;
  std::string detail = plus == std::string::npos ? std::string() : std::string(local.substr(plus + 1));
  if (kind == SubAddress::confirm && detail.empty()) return std::nullopt;
  return Target{*kind, &list->second, std::move(detail)};
}

bool is_local_domain(const ListsByAddress& lists, std::string_view hostname, std::string_view domain) {
  const std::string wanted = lower_case(domain);
  if (wanted == lower_case(hostname)) return true;
  return std::any_of(lists.begin(), lists.end(),
                     [&](const auto& entry) { return entry.second.domain == wanted; });
}

}  // namespace breakwater::lists
