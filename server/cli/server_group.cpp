// `breakwater serve`, `check`, `config describe`, `reload`, `status`.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <memory>

#include "cli/groups.h"
#include "cli/office.h"
#include "cli/question.h"
#include "config/config.h"
#include "daemon/server.h"

namespace breakwater::cli {
namespace {

constexpr std::string_view kUnknown = "unknown key ";  // config::describe_text

int check(const std::string& file, bool json) {
  const auto loaded = config::load(file);
  for (const config::Problem& note : loaded.notes) {
    if (!json) std::fprintf(stderr, "note: %s\n", terminal_text(note.text()).c_str());
  }
  for (const config::Problem& problem : loaded.problems) {
    if (json) {
      print_json({{"file", problem.file},
                  {"line", problem.line},
                  {"column", problem.column},
                  {"what", problem.what}});
    } else {
      std::fprintf(stderr, "%s\n", terminal_text(problem.text()).c_str());
    }
  }
  if (!loaded.config) {
    if (!json) std::fprintf(stderr, "%s\n", counted(loaded.problems.size(), "problem").c_str());
    return 1;
  }
  if (!json)
    std::printf("%s: good (%s)\n", file.c_str(), counted(loaded.config->lists.size(), "list").c_str());
  return 0;
}

int describe(const std::string& key, bool markdown) {
  const std::string text = markdown ? config::describe_markdown() : config::describe_text(key);
  if (text.starts_with(kUnknown)) {
    return fail(
        error(Fault::not_found, text.substr(0, text.size() - 1) + " ('breakwater config describe' has all)"));
  }
  std::fwrite(text.data(), 1, text.size(), stdout);
  return 0;
}

int status(const Context& context, bool json) {
  return ask_and_show(context, {{"command", "status"}},
                      {.json = json, .closing = [](const boost::json::object& answer) {
                         print_fields(answer);
                         return std::string();
                       }});
}

int reload(const Context& context) {
  // The way to the server stands in the files too, so that with a problem in them it is not asked at all.
  if (const auto config = load_config(context.config_file); !config) {
    return fail(error(config.error().fault, config.error().what + "; the old configuration stays in force"));
  }
  return ask_and_show(context, {{"command", "reload"}}, {.closing = [](const boost::json::object& answer) {
                        return std::string(answer.at("message").as_string());
                      }});
}

}  // namespace

void add_server_group(const Command& app, const Context& context) {
  const auto json = std::make_shared<bool>(false);
  app.add("serve", "run the server").runs([&context] { return daemon::serve(context.config_file); });

  const Command checking = app.add("check", "say all that is wrong with the configuration");
  checking.flag("--json", *json, "one JSON object a problem");
  checking.runs([&context, json] { return check(context.config_file, *json); });

  const Command group = app.group("config", "the configuration: describe, sample");
  const auto key = std::make_shared<std::string>();
  const auto flag = std::make_shared<bool>(false);
  const Command describing = group.add("describe", "every key with its type, default, limits and meaning");
  describing.option("KEY", *key, "one key only");
  describing.flag("--markdown", *flag, "the reference page");
  describing.runs([key, flag] { return describe(*key, *flag); });
  const auto list = std::make_shared<bool>(false);
  const Command sample = group.add("sample", "a commented configuration to begin with");
  sample.flag("--list", *list, "of a list's file");
  sample.runs([list] {
    const std::string text = *list ? config::sample_list_toml() : config::sample_server_toml();
    std::fwrite(text.data(), 1, text.size(), stdout);
    return 0;
  });

  app.add("reload", "make the running server read its configuration anew").runs([&context] {
    return reload(context);
  });
  const Command asking = app.add("status", "whether the server runs, and what it is doing");
  asking.flag("--json", *json, "as JSON");
  asking.runs([&context, json] { return status(context, *json); });
}

}  // namespace breakwater::cli
