// The log: one event a line on stderr, as text on a terminal and as JSON otherwise. The one room that sees
// spdlog.
//
// Any thread may log at any time, before init() too; init() and set_level() may be called again while others
// log (reload). What a field holds is data from outside: it is escaped, cut to max_value_bytes, never a
// format string. Views in a Field need to live until event() returns, no longer.
#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace breakwater::log {

enum class Level { debug, info, warning, error };
enum class Format { automatic, text, json };  // automatic: text when stderr is a terminal, else json

struct Options {
  Level level = Level::info;
  Format format = Format::automatic;
};

// The words of the configuration: "debug", "info", "warning", "error"; "auto", "text", "json".
std::optional<Level> parse_level(std::string_view word);
std::optional<Format> parse_format(std::string_view word);

void init(const Options& options);
void set_level(Level level);

inline constexpr std::size_t max_value_bytes = 2048;

struct Field {
  std::string_view key;  // a snake_case word of ours
  std::variant<std::string_view, std::int64_t, bool> value;

  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, std::same_as<bool> auto v) : key(k), value(v) {}
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Field(std::string_view k, T v) : key(k), value(static_cast<std::int64_t>(v)) {}
};

namespace detail {
inline std::atomic<Level> threshold{Level::info};
}

// For what is costly to gather; event() asks by itself.
inline bool enabled(Level level) { return level >= detail::threshold.load(std::memory_order_relaxed); }

void event(Level level, std::string_view name, std::span<const Field> fields);

inline void event(Level level, std::string_view name, std::initializer_list<Field> fields = {}) {
  if (enabled(level)) event(level, name, std::span<const Field>(fields.begin(), fields.size()));
}

// While one is there, the info lines of its thread are gathered and written in one piece, at its end or with
// the next line of another thread or of a higher level: a thread that logs many in a row makes one system
// call. A crash loses them. Only JSON is gathered; a terminal sees each line at once.
class Together {
 public:
  Together();
  ~Together();
  Together(const Together&) = delete;
  Together& operator=(const Together&) = delete;
};

}  // namespace breakwater::log
