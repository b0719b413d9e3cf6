#include "web/http_exchange.h"

#include <algorithm>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <cstdio>
#include <ctime>
#include <sstream>
#include <utility>

namespace breakwater::web {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

// RFC 9110 5.6.7. Not by strftime: its names are those of the locale.
std::string date_text(std::time_t now) {
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02d %s %d %02d:%02d:%02d GMT", kDays[utc.tm_wday % 7], utc.tm_mday,
                kMonths[utc.tm_mon % 12], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
  return text;
}

// What is said to a request that cannot be read.
HttpAnswer answer_to(const error_code& failed) {
  if (failed == http::error::header_limit) return plain_answer(431, "the header is too large");
  if (failed == http::error::body_limit) {
    return plain_answer(413, "the body is too large, or none is wanted");
  }
  return plain_answer(400, "this is no HTTP request");
}

}  // namespace

struct HttpExchange::Parser : http::request_parser<http::string_body> {};

HttpExchange::HttpExchange(std::size_t body_bytes)
    : parser_(std::make_unique<Parser>()), body_bytes_(body_bytes) {
  parser_->header_limit(kHeaderBytes);
  parser_->body_limit(body_bytes);
}

HttpExchange::~HttpExchange() = default;

bool HttpExchange::take(std::string& bytes) {
  while (!parser_->is_done() && !refusal_) {
    if (bytes.empty()) return false;
    error_code failed;
    bytes.erase(0, parser_->put(boost::asio::buffer(bytes), failed));
    if (failed == http::error::need_more) return false;
    if (failed) {
      refusal_ = answer_to(failed);
    } else if (body_bytes_ == 0 && !parser_->is_done()) {
      refusal_ = plain_answer(413, "no body, please");
    }
  }
  // RFC 9112 3.2: exactly one Host.
  const auto& request = parser_->get();
  if (!refusal_ && request.version() >= 11 && request.count(http::field::host) != 1) {
    refusal_ = plain_answer(400, "one Host field, please");
  }
  return true;
}

HttpRequest HttpExchange::request(const std::string& peer) {
  auto& request = parser_->get();
  const std::string_view target(request.target().data(), request.target().size());
  const std::size_t mark = std::min(target.find('?'), target.size());
  HttpRequest asked;
  asked.method = std::string(request.method_string());
  asked.path = std::string(target.substr(0, mark));
  asked.query = std::string(target.substr(std::min(mark + 1, target.size())));
  asked.content_type = std::string(request[http::field::content_type]);
  asked.body = std::move(request.body());
  asked.peer = peer;
  return asked;
}

bool HttpExchange::keeps_alive() const { return parser_->get().keep_alive(); }

std::string HttpExchange::bytes_of(HttpAnswer answer, bool keep_alive) const {
  const auto& request = parser_->get();
  http::response<http::string_body> response(http::int_to_status(answer.status), request.version());
  response.set(http::field::date, date_text(std::time(nullptr)));
  response.set(http::field::content_type, answer.content_type);
  response.set(http::field::cache_control, "no-store");
  if (!answer.allow.empty()) response.set(http::field::allow, answer.allow);
  // A page is a form at most: no script, no frame around it, no address of it in another site's log.
  response.set("Content-Security-Policy",
               "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
               "frame-ancestors 'none'");
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Referrer-Policy", "no-referrer");
  response.keep_alive(keep_alive);
  response.content_length(answer.body.size());
  std::ostringstream out;
  out << response.base();
  if (request.method() != http::verb::head) out << answer.body;
  return std::move(out).str();
}

HttpAnswer plain_answer(unsigned status, const std::string& text) {
  return {status, "text/plain; charset=utf-8", text + "\n"};
}

}  // namespace breakwater::web
