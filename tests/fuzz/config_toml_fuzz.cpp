// Any bytes as breakwater.toml and as a list's file: a configuration or problems, never both, and every
// problem can be shown. The first byte says where the one ends and the other begins.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/config.h"
#include "terms/invariant.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace breakwater::config;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t cut = bytes.size() * data[0] / 255;
  const SourceFile server{"breakwater.toml", std::string(bytes.substr(0, cut)), {}};
  const SourceFile list{"lists/fuzz.toml", std::string(bytes.substr(cut)), {}};
  const Loaded loaded = load_from(server, {list});
  BREAKWATER_ASSERT((loaded.config == nullptr) == !loaded.problems.empty());
  for (const Problem& problem : loaded.problems) {
    const std::string text = problem.text();
    BREAKWATER_ASSERT(!problem.what.empty() && text.starts_with(problem.file));
    BREAKWATER_ASSERT(problem.excerpt.empty() || problem.column <= problem.excerpt.size() + 1);
  }
  return 0;
}
