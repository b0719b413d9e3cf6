#include "log/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <mutex>

#include "log/line.h"

namespace breakwater::log {
namespace {

thread_local int together = 0;  // how many Together this thread is within

// Lines up to the next flush: one write to stderr, which is unbuffered.
class GatheredLines final : public spdlog::sinks::base_sink<std::mutex> {
  static constexpr std::size_t kMost = 64 * 1024;

  void sink_it_(const spdlog::details::log_msg& line) override {
    formatter_->format(line, lines_);
    if (lines_.size() >= kMost) flush_();
  }
  void flush_() override {
    std::fwrite(lines_.data(), 1, lines_.size(), stderr);
    lines_.clear();
  }

  spdlog::memory_buf_t lines_;
};

// Both are there from the first event to the last, so that a reload swaps a flag and no thread sees half a
// logger.
struct Loggers {
  spdlog::logger text;
  spdlog::logger json;
  std::atomic<bool> use_json{false};

  Loggers()
      : text("text", std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>()),
        json("json", std::make_shared<GatheredLines>()) {
    prepare(text, "%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v");
    prepare(json, R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})");
    json.flush_on(spdlog::level::warn);  // below, event() and Together decide
    use_json = ::isatty(STDERR_FILENO) == 0;
  }

 private:
  static void prepare(spdlog::logger& logger, const char* pattern) {
    logger.set_formatter(
        std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc, "\n"));
    logger.set_level(spdlog::level::trace);  // event() has decided already
    logger.flush_on(spdlog::level::trace);
  }
};

// Never destroyed: threads may log while the process exits.
Loggers& loggers() {
  static Loggers* const all = new Loggers;
  return *all;
}

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warning: return spdlog::level::warn;
    case Level::error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

}  // namespace

std::optional<Level> parse_level(std::string_view word) {
  if (word == "debug") return Level::debug;
  if (word == "info") return Level::info;
  if (word == "warning") return Level::warning;
  if (word == "error") return Level::error;
  return std::nullopt;
}

std::optional<Format> parse_format(std::string_view word) {
  if (word == "auto") return Format::automatic;
  if (word == "text") return Format::text;
  if (word == "json") return Format::json;
  return std::nullopt;
}

void set_level(Level level) { detail::threshold.store(level, std::memory_order_relaxed); }

void init(const Options& options) {
  set_level(options.level);
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  loggers().use_json = options.format == Format::json || (options.format == Format::automatic && !terminal);
}

void event(Level level, std::string_view name, std::span<const Field> fields) {
  if (!enabled(level)) return;
  Loggers& all = loggers();
  // log(level, string_view) takes the message as it is: no formatting, whatever braces it has.
  if (all.use_json) {
    all.json.log(spdlog_level(level), spdlog::string_view_t(json_line(name, fields)));
    if (together == 0) all.json.flush();
  } else {
    all.text.log(spdlog_level(level), spdlog::string_view_t(text_line(name, fields)));
  }
}

Together::Together() { ++together; }

Together::~Together() {
  if (--together == 0) loggers().json.flush();
}

}  // namespace breakwater::log
