// Any bytes are a template or have a place where they are not; one that is renders whatever it is given.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "letters/template.h"
#include "mail/utf8.h"
#include "terms/invariant.h"

using namespace breakwater;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto& all = letters::table();
  const letters::Letter& letter = all[data[0] % all.size()];
  std::vector<letters::Complaint> complaints;
  const auto made = letters::Template::parse(letter, text, complaints);
  BREAKWATER_ASSERT((made == nullptr) == !complaints.empty());
  for (const letters::Complaint& each : complaints) {
    BREAKWATER_ASSERT(!each.what.empty() && (each.line == 0) == (each.column == 0));
  }
  if (!made) return 0;
  letters::Values hostile = letters::samples(letter.variables);
  for (auto& [name, value] : hostile.all) {
    if (std::holds_alternative<std::string>(value)) value = std::string(text);
  }
  for (const letters::Values& values : {letters::Values(), letters::samples(letter.variables), hostile}) {
    const letters::Rendered words = made->render(values, "de");
    BREAKWATER_ASSERT(words.subject.find_first_of("\r\n") == std::string::npos);
    BREAKWATER_ASSERT(words.text.find_first_of("\r\v") == std::string::npos);
    BREAKWATER_ASSERT(mail::valid_utf8(words.subject) && mail::valid_utf8(words.text));
  }
  return 0;
}
