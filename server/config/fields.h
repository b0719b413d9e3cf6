// The table of fields: each key of the configuration stands in it once, with type, default, limits and
// meaning. The parser (read.h), `breakwater config describe`, the samples and the reference page all come
// from it; the default is what a default-made struct holds. Immutable once made; any thread may read it.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace breakwater::config {

// What a field holds on its way between TOML and struct. Durations are milliseconds, sizes bytes, choices
// their word.
using Value =
    std::variant<bool, std::int64_t, std::string, std::vector<std::string>, std::vector<std::int64_t>>;

enum class Type { flag, count, size, duration, durations, text, texts, choice };

// How a text that names a file is taken: relative to the folder of breakwater.toml.
enum class Paths { none, always, with_slash };

struct Field {
  std::string key;
  Type type = Type::text;
  std::string doc;  // sentences; the first says what it is
  bool required = false;
  std::int64_t least = 0;  // count, size, duration; bytes of a text, elements of a list
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  std::int64_t step = 1;  // duration: 1000 where the struct keeps seconds
  std::vector<std::string> choices;
  std::string shape;         // of a text, for the reader: "an address", "a path"
  std::string default_text;  // where the default is worked out, not stored
  std::string example;       // TOML; shown in the sample, commented out, where the default says nothing
  std::string sample;        // TOML; set: stands in the sample as a setting, else the default as a comment
  std::map<std::string, std::string> samples{};  // by kind, where one wants another
  bool multiline = false;
  bool may_be_empty = false;  // a text, durations: none is meant by it; so where the default is empty
  bool secret = false;        // never shown in a message
  Paths paths = Paths::none;
  bool readable = false;           // the file must be there
  bool private_file = false;       // and nobody but its owner and group may read it
  std::vector<std::string> kinds;  // values of the section's `kind` that it goes with; empty: all
  int covers = 1;                  // members of the struct that this key fills
  // Brings a text (each of a list) into its stored form; says what is wrong with it, or nothing.
  std::function<std::string(std::string&)> check;
  std::function<void(void* owner, const Value&)> store;
  std::function<Value(const void* owner)> show;
};

// Of breakwater.toml: its top, its [sections], its [[sections]]; of a list's file: its top, its [sections],
// its
// [[sections]].
enum class Shape { top, table, tables, list_file, list_table, list_tables };
constexpr bool is_of_list(Shape shape) { return shape >= Shape::list_file; }

struct Section {
  std::string name;  // "", "limits", "listener"; "list" for the files in lists/
  Shape shape = Shape::table;
  std::string doc;
  std::vector<Field> fields;
  std::function<Value(const Field&)> default_of;
  // Array sections: further ones in the sample, as comments; a title and what is to be set.
  struct Alternative {
    std::string title;
    std::vector<std::pair<std::string, std::string>> settings;  // key, TOML
  };
  std::vector<Alternative> alternatives;
  std::string same_as{};  // a section that has the same keys, and shows them for both

  const Field* find(std::string_view key) const;
  std::string heading() const;  // "[limits]", "[[route]]", "at the top", "a list's file"
};

const std::vector<Section>& sections();  // of breakwater.toml, in order, then the list file
const Section& section(std::string_view name);

std::string as_toml(const Field& field, const Value& value);
std::string default_text(const Section& in, const Field& field);  // TOML, or what stands for it
std::string type_text(const Field& field);                        // "duration", "list of addresses"
std::string limits_text(const Field& field);                      // "1s to 1h"; empty: none

}  // namespace breakwater::config
