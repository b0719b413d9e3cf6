// A section as it stands in a file, checked against the table of fields and stored into its struct. All
// problems of a section are found in one pass. A Reader lives as long as the reading of one file.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "config/config.h"
#include "config/document.h"
#include "config/fields.h"
#include "config/problems.h"
#include "config/value.h"

namespace breakwater::config {

// Where things stand, for what is found out later. A key that is set to the empty text counts as not set.
class Places {
 public:
  Place section;
  void set(const std::string& key, const Node& value, bool sound);
  bool none() const { return at_.empty(); }
  bool has(const std::string& key) const { return at_.contains(key); }
  bool sound(const std::string& key) const;                      // set, and without a problem of its own
  Place of(const std::string& key, std::size_t item = 0) const;  // the value, or its item; else the section
  // Adds the lines of what is set, each key behind `prefix` (ListFile).
  void tell(const std::string& prefix, ListFile& where) const;

 private:
  struct Set {
    std::vector<Place> at;
    bool sound = true;
  };
  std::unordered_map<std::string, Set> at_;
};

class Reader {
 public:
  Reader(Problems& problems, Problems::File file, const Disk& disk)
      : problems_(problems), file_(file), disk_(disk) {}

  // `owner` points to the struct that the section was made of (kinds::section_of).
  Places read(const Section& as, const Node& table, void* owner);
  void problem(Place at, std::string what) { problems_.add(file_, at, std::move(what)); }
  std::size_t problems() const { return problems_.count(); }
  Problems::File file() const { return file_; }

 private:
  std::string unknown(const Section& in, const Entry& entry);  // gives the key that was meant, or nothing
  void missing(const Section& in, const Field& field, Place at);
  bool goes_with(const Section& in, const Field& field, const Places& places, const void* owner);

  Problems& problems_;
  Problems::File file_;
  const Disk& disk_;
};

}  // namespace breakwater::config
