#include "web/http_answer.h"

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <cstdio>
#include <ctime>
#include <utility>

namespace breakwater::web {
namespace http = boost::beast::http;
namespace {

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

}  // namespace

Response answer_of(http::status status, std::string type, std::string body) {
  Response response(status, 11);
  response.set(http::field::date, date_text(std::time(nullptr)));
  response.set(http::field::content_type, std::move(type));
  response.set(http::field::cache_control, "no-store");
  // A page is a form at most: no script, no frame around it, no address of it in another site's log.
  response.set("Content-Security-Policy",
               "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
               "frame-ancestors 'none'");
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Referrer-Policy", "no-referrer");
  response.body() = std::move(body);
  return response;
}

Response plain_answer(http::status status, std::string text) {
  return answer_of(status, "text/plain; charset=utf-8", std::move(text) + "\n");
}

std::optional<Response> answer_to(const boost::system::error_code& failed) {
  if (failed == http::error::end_of_stream || failed == http::error::partial_message) return std::nullopt;
  if (failed == http::error::header_limit || failed == http::error::buffer_overflow) {
    return plain_answer(http::status::request_header_fields_too_large, "the header is too large");
  }
  if (failed == http::error::body_limit) {
    return plain_answer(http::status::payload_too_large, "the body is too large, or none is wanted");
  }
  if (failed.category() == make_error_code(http::error::bad_method).category()) {
    return plain_answer(http::status::bad_request, "this is no HTTP request");
  }
  return std::nullopt;
}

}  // namespace breakwater::web
