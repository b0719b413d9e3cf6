// What the command line prints: tables that stream, JSON lines, counted words. Whatever comes from outside
// loses its control characters on the way to the terminal.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "terms/result.h"

namespace breakwater::cli {

std::string terminal_text(std::string_view text);  // lines stay, other control characters become '?'
std::string with_commas(std::uint64_t number);     // 850,000
std::string counted(std::uint64_t number, std::string_view noun);  // "1 problem", "850,000 members"
std::string shell_word(std::string_view text);  // as it is typed in a shell: in quotes where it needs them
std::string shown(const boost::json::value& value);
std::size_t display_width(std::string_view text);  // in characters

struct Column {
  const char* title;
  const char* key;      // in the row
  bool number = false;  // to the right
};

// Widths are those of the first rows; what comes later streams, so that a million rows take no memory.
class Table {
 public:
  explicit Table(std::vector<Column> columns, std::FILE* out = stdout);
  void row(const boost::json::object& row);
  void end();  // prints what is still held; nothing at all without rows

 private:
  void print(const std::vector<std::string>& cells);
  void release();
  std::vector<Column> columns_;
  std::FILE* out_;
  std::vector<std::vector<std::string>> held_;
  std::vector<std::size_t> widths_;
  bool streaming_ = false;
};

void print_json(const boost::json::object& line);
// "key: value" lines, values in one column; arrays as one line each.
void print_fields(const boost::json::object& fields);
int fail(const Error& error);  // says it on stderr; 1

}  // namespace breakwater::cli
