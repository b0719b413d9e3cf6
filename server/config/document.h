// A TOML text as a tree of our own with the place of every key and value. The one door to toml++, whose
// header is heavy: only document.cpp includes it. A Document owns all it shows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace breakwater::config {

// Both count from 1; the column counts code points, as toml++ does. 0: no place, the file as a whole.
struct Place {
  std::size_t line = 0, column = 0;
};

struct Entry;

struct Node {
  enum class Kind { flag, integer, real, text, date, array, table };
  Kind kind = Kind::table;
  Place at;
  bool flag = false;
  std::int64_t integer = 0;
  std::string text;
  std::vector<Node> items;     // array
  std::vector<Entry> entries;  // table, in order of the text
};

struct Entry {
  std::string key;
  Place at;
  Node value;
};

struct Document {
  Node root;
  std::string trouble;  // the first syntax error; then root is empty. toml++ stops at the first
  Place trouble_at;
};

Document parse_document(std::string_view text);

std::string_view name_of(Node::Kind kind);  // "a whole number"

}  // namespace breakwater::config
