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
      sets[std::string(each.language)].emplace(each.name, InForce{std::move(made), nullptr});
    }
    return sets;
  }();
  sets_ = shipped;
}

std::vector<Complaint> Templates::add(std::string_view language, std::string_view name,
                                      std::string_view text) {
  std::vector<Complaint> complaints;
  auto made = Template::parse(letter(name), text, complaints);
  if (made) {
    sets_[std::string(language)].insert_or_assign(
        std::string(name), InForce{std::move(made), std::make_shared<const std::string>(text)});
  }
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

std::pair<std::string_view, const Templates::InForce*> Templates::find(std::string_view language,
                                                                       std::string_view name) const {
  for (const std::string_view each : {language, std::string_view("en")}) {
    const auto set = sets_.find(each);
    if (set == sets_.end()) continue;
    const auto found = set->second.find(name);
    if (found != set->second.end()) return {set->first, &found->second};
  }
  BREAKWATER_ASSERT(false);  // English has every letter of the table
  return {};
}

Rendered Templates::render(std::string_view language, std::string_view name, const Values& values) const {
  const auto [in, found] = find(language, name);
  return found->made->render(values, in);
}

TemplateText Templates::in_force(std::string_view language, std::string_view name) const {
  const auto [in, found] = find(language, name);
  if (found->own) return {in, *found->own, true};
  for (const Embedded& each : kEmbedded) {
    if (each.language == in && each.name == name) return {in, each.text, false};
  }
  BREAKWATER_ASSERT(false);  // what is nobody's own is the server's
  return {};
}

}  // namespace breakwater::letters
