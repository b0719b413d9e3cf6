#include "lists/command_habits.h"

namespace breakwater::lists {

Named list_named(std::string_view word, const CommandPlace& place) {
  if (place.list == nullptr) return {};
  const std::string name = lower_case(word);
  const bool is_address = name.find('@') != std::string::npos;
  const std::string address = is_address ? name : name + "@" + place.list->domain;
  if (address == place.list->address()) return {true};
  if (place.lists == nullptr) return {};
  const auto other = place.lists->find(address);
  return other == place.lists->end() ? Named{} : Named{false, other->second.sub_address("request")};
}

}  // namespace breakwater::lists
