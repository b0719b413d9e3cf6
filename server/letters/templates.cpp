#include "letters/templates.h"

#include <utility>

#include "terms/invariant.h"

namespace breakwater::letters {
namespace {

struct Embedded {
  std::string_view language, name, text;
};
constexpr Embedded kEmbedded[] = {
#include "letters/templates.inc"
};

}  // namespace

Templates::Templates() {
  static const auto shipped = [] {
    std::map<std::string, Set, std::less<>> sets;
    for (const Embedded& each : kEmbedded) {
      std::vector<Complaint> complaints;
      auto made = Template::parse(letter(each.name), each.text, complaints);
      BREAKWATER_ASSERT(made != nullptr);
      sets[std::string(each.language)].emplace(each.name, std::move(made));
    }
    return sets;
  }();
  sets_ = shipped;
}

std::vector<Complaint> Templates::add(std::string_view language, std::string_view name,
                                      std::string_view text) {
  std::vector<Complaint> complaints;
  auto made = Template::parse(letter(name), text, complaints);
  if (made) sets_[std::string(language)].insert_or_assign(std::string(name), std::move(made));
  return complaints;
}

std::vector<std::string> Templates::languages() const {
  std::vector<std::string> out;
  for (const auto& [language, set] : sets_) out.push_back(language);
  return out;
}

bool Templates::has(std::string_view language) const { return sets_.contains(language); }

std::vector<std::string> Templates::missing(std::string_view language) const {
  const auto set = sets_.find(language);
  std::vector<std::string> out;
  for (const Letter& each : table()) {
    if (set == sets_.end() || !set->second.contains(each.name)) out.push_back(each.name);
  }
  return out;
}

Rendered Templates::render(std::string_view language, std::string_view name, const Values& values) const {
  for (const std::string_view each : {language, std::string_view("en")}) {
    const auto set = sets_.find(each);
    if (set == sets_.end()) continue;
    const auto found = set->second.find(name);
    if (found != set->second.end()) return found->second->render(values, each);
  }
  BREAKWATER_ASSERT(false);  // English has every letter of the table
  return {};
}

}  // namespace breakwater::letters
