#include <algorithm>
#include <boost/json/object.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/groups.h"
#include "cli/print.h"
#include "config/config.h"
#include "letters/letter.h"

namespace breakwater::cli {
namespace {

void show_all(const letters::Templates& templates, const std::string& language) {
  Table table({{"LETTER", "name"}, {"LANGUAGE", "language"}, {"WORDS", "words"}, {"WHAT IT IS", "doc"}});
  for (const letters::Letter& each : letters::table()) {
    const auto in_force = templates.in_force(language, each.name);
    table.row({{"name", each.name},
               {"language", in_force.language},
               {"words", in_force.own ? "your own" : "the server's"},
               {"doc", each.doc}});
  }
  table.end();
}

int show(const std::string& config_file, const std::string& name, const std::string& asked) {
  // "show held > templates/en/held.txt" has emptied that file before we read it.
  const auto loaded = config::load(config_file);
  if (!loaded.config)
    std::fprintf(stderr,
                 "the configuration has problems ('breakwater check'): these are the server's own words\n");
  const letters::Templates templates = loaded.config ? loaded.config->templates : letters::Templates();
  const std::string language = !asked.empty() ? asked : loaded.config ? loaded.config->language : "en";
  if (!templates.has(language))
    return fail(error(Fault::not_found, "there are no templates in the language '" + language + "'"));
  if (name.empty()) {
    show_all(templates, language);
    return 0;
  }
  const auto& all = letters::table();
  if (std::none_of(all.begin(), all.end(), [&](const auto& each) { return each.name == name; })) {
    return fail(error(Fault::not_found,
                      "there is no letter '" + name + "'; 'breakwater template show' names them all"));
  }
  const auto in_force = templates.in_force(language, name);
  if (in_force.language != language)
    std::fprintf(stderr, "'%s' has no such letter; this is the one that stands in\n", language.c_str());
  std::fwrite(in_force.text.data(), 1, in_force.text.size(), stdout);
  return 0;
}

}  // namespace

void add_template_group(const Command& app, const Context& context) {
  const Command group = app.group("template", "the letters that the server writes");
  const auto name = std::make_shared<std::string>();
  const auto language = std::make_shared<std::string>();
  const Command showing = group.add("show", "a template as it is in force, to be copied; or which there are");
  showing.option("LETTER", *name, "such as held");
  showing.option("--language", *language, "instead of the server's, such as de");
  showing.runs([&context, name, language] { return show(context.config_file, *name, *language); });
}

}  // namespace breakwater::cli
