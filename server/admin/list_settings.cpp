#include "admin/list_settings.h"

#include <boost/json/object.hpp>
#include <variant>

#include "config/fields.h"
#include "sources/configured.h"

namespace breakwater::admin {
namespace {

constexpr std::string_view kPassword = "(password)";

// The struct that the section is made of; nullptr: there may be many, or none is of a list.
const void* struct_of(const lists::List& list, const config::Section& section) {
  if (section.shape == config::Shape::list_file) return &list;
  if (section.shape != config::Shape::list_table) return nullptr;
  if (section.name == "guard") return &list.guard;
  if (section.name == "bounces") return &list.bounces;
  if (section.name == "digest") return &list.digest;
  return section.name == "sync" ? &list.sync : nullptr;
}

std::string text_of(const config::Field& field, const void* owner) {
  if (field.secret) return std::string(kPassword);
  const config::Value value = field.show(owner);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  std::string toml = config::as_toml(field, value);
  const bool quoted = field.type == config::Type::size || field.type == config::Type::duration;
  return quoted ? toml.substr(1, toml.size() - 2) : toml;
}

std::string text_of(const lists::Rule& rule) {
  switch (rule.action()) {
    case lists::RuleAction::hold: return "hold: " + rule.reason();
    case lists::RuleAction::refuse: return "refuse: " + rule.reason();
    case lists::RuleAction::discard: return "discard: " + rule.reason();
  }
  return {};
}

// Where the default is worked out, from what: "default: the server's `language`".
std::string default_of(const config::Field& field) {
  return field.default_text.empty() ? "default" : "default: " + field.default_text;
}

}  // namespace

std::string where_set(const config::Config& config, const lists::List& list, const std::string& key,
                      std::size_t item) {
  const auto file = config.list_files.find(list.address());
  if (file == config.list_files.end()) return "default";
  if (key.empty()) return file->second.name;
  const auto lines = file->second.lines.find(key);
  if (lines == file->second.lines.end() || lines->second.empty()) return "default";
  const std::size_t line = lines->second[item < lines->second.size() ? item : 0];
  const std::string& name = file->second.name;
  return name.substr(name.rfind('/') + 1) + ":" + std::to_string(line);
}

std::string setting_text(std::string_view section, std::string_view key, const void* owner) {
  const config::Field* field = config::section(section).find(key);
  return field == nullptr ? std::string() : text_of(*field, owner);
}

boost::json::array settings_of(const config::Config& config, const lists::List& list) {
  boost::json::array all;
  const auto add = [&all](const std::string& section, std::string key, std::string value, std::string from) {
    all.push_back(boost::json::object{{"section", section},
                                      {"key", std::move(key)},
                                      {"value", std::move(value)},
                                      {"from", std::move(from)}});
  };
  for (const config::Section& section : config::sections()) {
    if (!config::is_of_list(section.shape)) continue;
    const std::string name = section.shape == config::Shape::list_file ? "" : section.name;
    if (const void* owner = struct_of(list, section)) {
      for (const config::Field& field : section.fields) {
        std::string from = where_set(config, list, name.empty() ? field.key : name + "." + field.key);
        if (from == "default") from = default_of(field);
        add(name, field.key, text_of(field, owner), std::move(from));
      }
      continue;
    }
    const bool sources = section.name == "source";
    const auto& kept = sources ? list.sync.sources : list.sync.exclusions;
    const std::size_t count = section.name == "rule" ? list.rules.size() : kept.size();
    for (std::size_t at = 0; at < count; ++at) {
      std::string what = section.name == "rule" ? text_of(list.rules[at]) : sources::name_of(kept[at]);
      add(name, section.heading(), std::move(what), where_set(config, list, section.name, at));
    }
  }
  return all;
}

}  // namespace breakwater::admin
