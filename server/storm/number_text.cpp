#include "storm/number_text.h"

namespace breakwater::storm {

std::string grouped(std::int64_t number) {
  std::string out = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t at = out.size(); at > first + 3; at -= 3) out.insert(at - 3, 1, ',');
  return out;
}

std::string people(std::int64_t number) { return grouped(number) + (number == 1 ? " person" : " people"); }

}  // namespace breakwater::storm
