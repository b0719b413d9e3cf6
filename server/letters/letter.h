// What letters the server writes, and what their templates may say: one row a letter. The check of a
// template, its rendering and the tables of docs/templates.md come from these rows, so that a letter is added
// by its row and a file a language (config/templates/LANGUAGE/NAME.txt). Immutable; any thread may read it.
// Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "terms/instant.h"

namespace breakwater::letters {

// What is put into a template. Text is taken from anywhere: it is made one line and cut when it is rendered.
struct Values;
using Rows = std::vector<Values>;
using Value = std::variant<bool, std::int64_t, std::string, Instant, Rows>;
struct Values {
  std::map<std::string, Value, std::less<>> all;
  Value& operator[](const std::string& name) { return all[name]; }
};

// How a value is shown. As a section, what is empty, 0, false or not set is not there.
enum class Kind {
  address,  // an address or a host's name; whole
  line,     // words from outside: one line of at most 200 characters, 60 in a subject
  passage,  // the same with 1,000 in a body
  link,     // a mailto link, in a body only; whole
  number,   // with the language's separators; NAME_one is there where it is 1
  time,     // as the language writes it, UTC
  flag,     // a section only
  rows,     // a section only, once for each row, with variables of its own; in a body only. NAME_any is there
            // where there are rows
};

struct Variable {
  std::string name;
  Kind kind = Kind::line;
  std::string doc;
  Value sample;
  bool required = false;  // the body of a template must show it
  std::vector<Variable> columns{};
};

struct Letter {
  std::string name;
  std::string doc;  // to whom, and when
  bool answer;      // to a message of its reader, if there is one (RFC 3834 5): auto-replied, and In-Reply-To
  std::vector<Variable> variables;
};

const std::vector<Letter>& table();
const Letter& letter(std::string_view name);  // which is in the table
Values samples(const std::vector<Variable>& variables);

std::string reference_markdown();  // the table for docs/templates.md

}  // namespace breakwater::letters
