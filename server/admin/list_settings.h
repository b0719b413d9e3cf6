// A list's settings as they are in force, each with where it stands: what list.show answers. From the table
// of fields (config/fields.h), so that a new key is shown without anybody having to remember it here. Pure.
#pragma once

#include <boost/json/array.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "config/config.h"
#include "lists/list.h"

namespace breakwater::admin {

// "tech.toml:4", of the key's element `item`; "default" where the file does not say it. Without a key: the
// file's whole name.
std::string where_set(const config::Config& config, const lists::List& list, const std::string& key = "",
                      std::size_t item = 0);

// Of a section's struct, as the file would write it, without quotes around a single text.
std::string setting_text(std::string_view section, std::string_view key, const void* owner);

// {"section": "" or "digest", "key", "value", "from"}, in the order of the reference page. A table of which
// there may be many (rules, sources) is one entry for each, with the key "[[rule]]".
boost::json::array settings_of(const config::Config& config, const lists::List& list);

}  // namespace breakwater::admin
