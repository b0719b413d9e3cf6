// The templates that are in force: those that the server brings (config/templates, built into the binary),
// and what an administrator's own files put in their place. A value, cheap to copy; part of a configuration
// snapshot. Pure.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "letters/letter.h"
#include "letters/template.h"

namespace breakwater::letters {

// A template as it was written.
struct TemplateText {
  std::string_view language;  // that it is in: the one asked for, or English, which answers for it
  std::string_view text;      // valid as long as the Templates
  bool own = false;           // an administrator's, in the place of the server's
};

class Templates {
 public:
  Templates();  // those that the server brings

  // Puts one in the place of what was there; what is wrong with it otherwise, and it is left out. A language
  // that was not known begins with it. `name` is a letter's, of the table.
  std::vector<Complaint> add(std::string_view language, std::string_view name, std::string_view text);

  std::vector<std::string> languages() const;
  bool has(std::string_view language) const;
  std::vector<std::string> missing(std::string_view language) const;  // letters that it lacks

  // A language that lacks the letter, or is not known, is answered for by English. `name` as above.
  Rendered render(std::string_view language, std::string_view name, const Values& values) const;

  // The one that render() takes. `name` as above.
  TemplateText in_force(std::string_view language, std::string_view name) const;

 private:
  struct InForce {
    std::shared_ptr<const Template> made;
    std::shared_ptr<const std::string> own;  // its text; nullptr: the server's
  };
  using Set = std::map<std::string, InForce, std::less<>>;
  std::pair<std::string_view, const InForce*> find(std::string_view language, std::string_view name) const;
  std::map<std::string, Set, std::less<>> sets_;  // by language
};

}  // namespace breakwater::letters
