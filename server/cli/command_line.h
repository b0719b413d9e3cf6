// The command line as the groups say it: commands with their options, arguments and flags. CLI11 reads it;
// its header takes the compiler four seconds a file, so command_line.cpp and cli.cpp alone include it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace breakwater::cli {

class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}
  const Option& required() const;
  const Option& shows_default() const;  // in the help, as it is now
  const Option& type_name(const char* text) const;
  const Option& between(std::int64_t least, std::int64_t most) const;
  const Option& one_of(const std::vector<std::string>& words) const;
  const Option& excludes(const Option& other) const;
  const Option& needs(const Option& other) const;
  bool given() const;  // once the line is read

 private:
  CLI::Option* option_;
};

// A handle: copies are the same command. What options are read into must live until the command has run.
class Command {
 public:
  // `chosen` becomes what is to be run.
  Command(CLI::App& app, std::function<int()>& chosen) : app_(&app), chosen_(&chosen) {}

  Command add(const char* name, const char* text) const;
  Command group(const char* name,
                const char* text) const;  // nothing by itself: one of its commands is chosen
  void footer(const char* text) const;
  void runs(std::function<int()> run) const;  // returns the exit status

  // "--name", or "NAME" for an argument. Value: std::string or a vector of it, an optional string, an
  // integer.
  template <class Value>
  Option option(const char* name, Value& value, const char* text = "") const;
  Option option(const char* name, std::function<void(const std::string&)> take, const char* text = "") const;
  // From `least` to `most` words, in the help as `usage`; `take` returns what is wrong with them, or nothing.
  Option words(const char* name, int least, int most,
               std::function<std::string(const std::vector<std::string>&)> take, const char* usage,
               const char* text) const;
  Option flag(const char* name, bool& value, const char* text) const;
  Option flag(const char* name, std::function<void()> given, const char* text) const;

 private:
  CLI::App* app_;
  std::function<int()>* chosen_;
};

}  // namespace breakwater::cli
