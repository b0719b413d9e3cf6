// One template: "Subject: ..." (further lines of it begin with a blank), an empty line, the text. Parsed
// once; then immutable, any thread may render it. Pure.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "letters/letter.h"
#include "letters/tags.h"

namespace breakwater::letters {

struct Rendered {
  std::string subject;  // one line
  std::string text;     // '\n' line ends, lines of at most 72 characters where the words let them
};

class Template {
 public:
  struct Parsed;
  // nullptr where something is wrong with it; then `complaints` has something.
  static std::shared_ptr<const Template> parse(const Letter& letter, std::string_view text,
                                               std::vector<Complaint>& complaints);
  explicit Template(std::unique_ptr<const Parsed> parsed);
  Template(const Template&) = delete;
  Template& operator=(const Template&) = delete;
  ~Template();

  // `language`: how numbers and times are written. Values that the letter's row does not have are left out.
  Rendered render(const Values& values, std::string_view language) const;

 private:
  std::unique_ptr<const Parsed> parsed_;
};

}  // namespace breakwater::letters
