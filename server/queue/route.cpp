#include "queue/route.h"

#include <optional>

namespace breakwater::queue {
namespace {

// How well a pattern fits: the length of what it names, "*" least; nullopt when it does not fit.
std::optional<std::size_t> fit(std::string_view pattern, std::string_view domain) {
  if (pattern == "*") return 0;
  if (pattern == domain) return pattern.size() + 1;
  if (pattern.starts_with('.') && domain.size() > pattern.size() && domain.ends_with(pattern))
    return pattern.size();
  return std::nullopt;
}

}  // namespace

const Route* RouteTable::route_of(std::string_view domain) const {
  const Route* best = nullptr;
  std::size_t best_fit = 0;
  for (const Route& route : routes_) {
    for (const std::string& pattern : route.domains) {
      const auto length = fit(pattern, domain);
      if (length && (best == nullptr || *length > best_fit)) {
        best = &route;
        best_fit = *length;
      }
    }
  }
  return best;
}

const Route* RouteTable::by_name(std::string_view name) const {
  for (const Route& route : routes_) {
    if (route.name == name) return &route;
  }
  return nullptr;
}

std::string destination_of(const Route& route, std::string_view domain) {
  return route.kind == RouteKind::mx ? route.name + ":" + std::string(domain) : route.name;
}

std::pair<std::string_view, std::string_view> split_destination(std::string_view destination) {
  const auto colon = destination.find(':');
  if (colon == std::string_view::npos) return {destination, {}};
  return {destination.substr(0, colon), destination.substr(colon + 1)};
}

}  // namespace breakwater::queue
