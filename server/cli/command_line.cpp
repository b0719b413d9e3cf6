#include "cli/command_line.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <optional>
#include <utility>

namespace breakwater::cli {

const Option& Option::required() const {
  option_->required();
  return *this;
}

const Option& Option::shows_default() const {
  option_->capture_default_str();
  return *this;
}

const Option& Option::type_name(const char* text) const {
  option_->type_name(text);
  return *this;
}

const Option& Option::between(std::int64_t least, std::int64_t most) const {
  option_->check(CLI::Range(least, most).description(""));
  return *this;
}

const Option& Option::one_of(const std::vector<std::string>& words) const {
  option_->check(CLI::IsMember(words).description(""));
  return *this;
}

const Option& Option::excludes(const Option& other) const {
  option_->excludes(other.option_);
  return *this;
}

const Option& Option::needs(const Option& other) const {
  option_->needs(other.option_);
  return *this;
}

bool Option::given() const { return option_->count() > 0; }

Command Command::add(const char* name, const char* text) const {
  return {*app_->add_subcommand(name, text), *chosen_};
}

Command Command::group(const char* name, const char* text) const {
  const Command group = add(name, text);
  group.app_->require_subcommand(1);
  return group;
}

void Command::footer(const char* text) const { app_->footer(text); }

void Command::runs(std::function<int()> run) const {
  app_->callback([chosen = chosen_, run = std::move(run)] { *chosen = run; });
}

template <class Value>
Option Command::option(const char* name, Value& value, const char* text) const {
  return Option(app_->add_option(name, value, text));
}
template Option Command::option(const char*, std::string&, const char*) const;
template Option Command::option(const char*, std::vector<std::string>&, const char*) const;
template Option Command::option(const char*, std::optional<std::string>&, const char*) const;
template Option Command::option(const char*, int&, const char*) const;
template Option Command::option(const char*, std::int64_t&, const char*) const;
template Option Command::option(const char*, std::uint16_t&, const char*) const;
template Option Command::option(const char*, std::uint32_t&, const char*) const;
template Option Command::option(const char*, std::uint64_t&, const char*) const;

Option Command::option(const char* name, std::function<void(const std::string&)> take,
                       const char* text) const {
  return Option(app_->add_option_function<std::string>(name, take, text));
}

Option Command::words(const char* name, int least, int most,
                      std::function<std::string(const std::vector<std::string>&)> take, const char* usage,
                      const char* text) const {
  const auto check = [take = std::move(take), command = app_](const std::vector<std::string>& words) {
    if (const std::string wrong = take(words); !wrong.empty())
      throw CLI::ValidationError(command->get_name(), wrong);
  };
  auto* option = app_->add_option_function<std::vector<std::string>>(name, check, text);
  return Option(option->expected(least, most)->option_text(usage));
}

Option Command::flag(const char* name, bool& value, const char* text) const {
  return Option(app_->add_flag(name, value, text));
}

Option Command::flag(const char* name, std::function<void()> given, const char* text) const {
  return Option(app_->add_flag_callback(name, std::move(given), text));
}

}  // namespace breakwater::cli
