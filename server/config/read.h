// A section as it stands in a file, checked against the table of fields and stored into its struct. All
// problems of a section are found in one pass.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/document.h"
#include "config/fields.h"
#include "config/problems.h"

namespace breakwater::config {

// What the checks ask about the machine, so that a text can be checked without one.
struct Disk {
  std::string folder;  // absolute; relative paths begin here
  std::function<std::string(const std::string& path)>
      why_unreadable;  // "No such file or directory"; empty: it is
  std::string resolved(std::string_view path) const;
};

// Where things stand, for what is found out later.
class Places {
 public:
  Place section;
  void set(const std::string& key, const Node& value);
  bool has(const std::string& key) const { return at_.contains(key); }
  Place of(const std::string& key, std::size_t item = 0) const;  // the value, or its item; else the section

 private:
  std::unordered_map<std::string, std::vector<Place>> at_;
};

class Reader {
 public:
  Reader(Problems& problems, Problems::File file, const Disk& disk)
      : problems_(problems), file_(file), disk_(disk) {}

  // `owner` points to the struct that the section was made of (kinds::section_of).
  Places read(const Section& as, const Node& table, void* owner);
  void problem(Place at, std::string what) { problems_.add(file_, at, std::move(what)); }
  Problems::File file() const { return file_; }

 private:
  void unknown(const Section& in, const Entry& entry);
  bool read_value(const Field& field, const Node& node, Value& value);
  bool read_number(const Field& field, const Node& node, std::int64_t& number);
  bool read_text(const Field& field, const Node& node, std::string& text);
  bool read_items(const Field& field, const Node& node, Value& value);
  void wrong_type(const Field& field, const Node& node);

  Problems& problems_;
  Problems::File file_;
  const Disk& disk_;
};

}  // namespace breakwater::config
