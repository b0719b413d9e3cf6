#include "opponents/storm_trace.h"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>

namespace breakwater::opponents {
namespace {

namespace json = boost::json;

constexpr double kLast_s = 253'402'300'799.0;  // the end of the year 9999
constexpr std::size_t kReferences = 1000;      // more than any header block that passes has

Error bad(std::string what) { return error(Fault::invalid, std::move(what)); }

std::string in_quotes(std::string_view key) { return "'" + std::string(key) + "'"; }

Result<Instant> read_time(const json::object& line) {
  const auto* value = line.if_contains("t");
  if (value == nullptr) return bad("there is no 't', the time in seconds since 1970");
  if (!value->is_number()) return bad("'t' is no number of seconds since 1970");
  const auto seconds = value->to_number<double>();
  if (!(seconds >= 0 && seconds <= kLast_s)) return bad("'t' is no time between the years 1970 and 9999");
  return from_ms(static_cast<std::int64_t>(std::floor(seconds * 1000 + 0.5)));
}

Result<void> read_text(const json::object& line, std::string_view key, std::string& into) {
  const auto* value = line.if_contains(key);
  if (value == nullptr || value->is_null()) return {};
  if (!value->is_string()) return bad(in_quotes(key) + " is no text");
  into.assign(value->get_string());
  return {};
}

Result<void> read_references(const json::object& line, std::vector<std::string>& into) {
  const auto* value = line.if_contains("references");
  if (value == nullptr || value->is_null()) return {};
  if (!value->is_array()) return bad("'references' is no list");
  const auto& items = value->get_array();
  if (items.size() > kReferences) return bad("'references' has more than 1,000 items");
  for (const auto& item : items) {
    if (!item.is_string()) return bad("'references' has an item that is no text");
    into.emplace_back(item.get_string());
  }
  return {};
}

Result<void> read_automatic(const json::object& line, bool& into) {
  const auto* value = line.if_contains("auto");
  if (value == nullptr || value->is_null()) return {};
  if (!value->is_bool()) return bad("'auto' is neither true nor false");
  into = value->get_bool();
  return {};
}

Result<storm::TraceRow> row_of(const json::object& line) {
  storm::TraceRow row;
  const auto at = read_time(line);
  if (!at) return at.error();
  row.at = *at;
  struct Text {
    std::string_view key;
    std::string& into;
  };
  for (const Text& each : {Text{"from", row.from}, Text{"id", row.id}, Text{"in_reply_to", row.in_reply_to},
                           Text{"subject", row.subject}, Text{"body", row.body}}) {
    if (const auto done = read_text(line, each.key, each.into); !done) return done.error();
  }
  if (row.from.empty()) return bad("there is no 'from', the author's address");
  if (const auto done = read_references(line, row.references); !done) return done.error();
  if (const auto done = read_automatic(line, row.automatic); !done) return done.error();
  return row;
}

}  // namespace

struct TraceReader::Parser {
  std::array<unsigned char, 64 * 1024> room{};  // for the values of an ordinary line
  json::parser parser;
};

TraceReader::TraceReader() : parser_(std::make_unique<Parser>()) {}
TraceReader::~TraceReader() = default;

Result<storm::TraceRow> TraceReader::read(std::string_view line) {
  if (line.size() > trace_line_bytes) return bad("it is longer than 1 MiB");
  json::monotonic_resource memory(parser_->room.data(), parser_->room.size());
  parser_->parser.reset(&memory);
  json::error_code status;
  parser_->parser.write(line.data(), line.size(), status);
  if (status) {
    parser_->parser.reset();
    return bad("it is no JSON: " + status.message());
  }
  const json::value value = parser_->parser.release();
  parser_->parser.reset();  // or it would hold on to `memory`
  if (!value.is_object()) return bad("it is no JSON object");
  return row_of(value.get_object());
}

std::string trace_line(const storm::TraceRow& row) {
  json::array references;
  for (const std::string& each : row.references) references.emplace_back(each);
  const std::int64_t ms = to_ms(row.at);
  json::object line{{"t", ms / 1000},
                    {"from", row.from},
                    {"id", row.id},
                    {"in_reply_to", row.in_reply_to},
                    {"references", std::move(references)},
                    {"subject", row.subject},
                    {"body", row.body},
                    {"auto", row.automatic}};
  if (ms % 1000 != 0) line["t"] = static_cast<double>(ms) / 1000;
  return json::serialize(line);
}

}  // namespace breakwater::opponents
