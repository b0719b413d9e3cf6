// One value as TOML has it, brought into the form that its field wants; what is wrong with it goes to the
// problems.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "config/document.h"
#include "config/fields.h"
#include "config/problems.h"

namespace breakwater::config {

// What the checks ask about the machine, so that a text can be checked without one.
struct Disk {
  std::string folder;                                                  // absolute; relative paths begin here
  std::function<std::string(const std::string& path)> why_unreadable;  // "Permission denied"; empty: it is
  std::function<std::vector<SourceFile>(const std::string& folder)> templates;  // template_files.h
  std::function<std::string(const std::string& path)>
      why_no_secret{};  // who else may read it, or nothing in it
  std::function<std::string(const std::string& path)> why_not_executable{};
  std::string resolved(std::string_view path) const;
};

class ValueReader {
 public:
  ValueReader(Problems& problems, Problems::File file, const Disk& disk)
      : problems_(problems), file_(file), disk_(disk) {}

  bool read(const Field& field, const Node& node, Value& value);  // false: a problem was noted

 private:
  bool read_number(const Field& field, const Node& node, std::int64_t& number);
  bool read_text(const Field& field, const Node& node, std::string& text);
  std::string wrong_with(const Field& field, std::string& text) const;
  bool read_items(const Field& field, const Node& node, Value& value);
  bool refuse(Place at, std::string what);
  bool wrong_type(const Field& field, const Node& node);

  Problems& problems_;
  Problems::File file_;
  const Disk& disk_;
};

}  // namespace breakwater::config
