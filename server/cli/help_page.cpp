#include "cli/help_page.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <set>
#include <string>

namespace breakwater::cli {
namespace {

// "--sink, --storm", in an order that is the same each time.
std::string listed(const std::set<CLI::Option*>& options) {
  std::set<std::string> names;
  for (const CLI::Option* option : options) names.insert(option->get_name());
  return CLI::detail::join(names, ", ");
}

// "LIST", "[LIST] on|off", "FILE...".
std::string argument(const CLI::Option& option) {
  if (!option.get_option_text().empty()) return option.get_option_text();
  const bool many = option.get_expected_max() >= CLI::detail::expected_max_vector_size;
  return option.get_name(true) + (many ? "..." : "");
}

// What stands for the value: a number, a word that the option says, or the last of its own name.
std::string value(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  if (type == "INT" || type == "UINT") return "N";
  if (type != "TEXT") return type;
  std::string word = option.get_name();
  word.erase(0, word.rfind('-') + 1);
  for (char& c : word) c = static_cast<char>(c - ('a' <= c && c <= 'z' ? 'a' - 'A' : 0));
  return word;
}

class HelpPage : public CLI::Formatter {
 public:
  HelpPage() {
    label("Positionals", "Arguments");
    label("SUBCOMMAND", "COMMAND");
  }

 private:
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    if (is_positional) return argument(*option);
    return CLI::detail::find_and_replace(option->get_name(false, true), ",", ", ");
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->get_positional() || option->get_type_size() == 0 ? "" : " " + value(*option);
  }
  std::string make_option_desc(const CLI::Option* option) const override {
    std::string text = option->get_description();
    const auto add = [&text](const std::string& more) { text += (text.empty() ? "" : "; ") + more; };
    if (option->get_required() && !option->get_positional()) add("it must be given");
    if (!option->get_envname().empty()) add("else that of $" + option->get_envname());
    if (!option->get_default_str().empty()) add("else " + option->get_default_str());
    if (!option->get_needs().empty()) add("with " + listed(option->get_needs()));
    if (!option->get_excludes().empty()) add("not with " + listed(option->get_excludes()));
    return text;
  }
  std::string make_option_usage(const CLI::Option* option) const override {
    const std::string shown = argument(*option);
    return option->get_required() ? shown : "[" + shown + "]";
  }
};

}  // namespace

std::shared_ptr<CLI::FormatterBase> help_page() { return std::make_shared<HelpPage>(); }

}  // namespace breakwater::cli
