// Whatever a client sends, whole or in pieces: the same request is read or the same refusal said, and what is
// answered is one answer.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "terms/invariant.h"
#include "web/http_exchange.h"

namespace {

using breakwater::web::HttpExchange;

// Status of the refusal, 0 for a whole request, -1 while more is wanted; and what was read.
struct Read {
  int status = -1;
  std::string path, query, body, left;
  bool operator==(const Read&) const = default;
};

Read read(std::string_view bytes, std::size_t piece) {
  HttpExchange exchange(64);
  Read out;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    out.left += bytes.substr(at, piece);
    if (!exchange.take(out.left)) continue;
    out.left += bytes.substr(std::min(at + piece, bytes.size()));
    out.status = exchange.refusal() ? static_cast<int>(exchange.refusal()->status) : 0;
    if (exchange.refusal()) {
      out.left.clear();  // nobody reads on
    } else {
      auto request = exchange.request("::1");
      out.path = request.path, out.query = request.query, out.body = request.body;
    }
    const std::string answer = exchange.bytes_of({200, "text/plain", "yes"}, exchange.keeps_alive());
    BREAKWATER_ASSERT(answer.starts_with("HTTP/1."));
    BREAKWATER_ASSERT(answer.find("\r\n\r\n") >= answer.size() - 7);
    return out;
  }
  out.left.clear();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), std::min(size, std::size_t{20'000}));
  const Read whole = read(bytes, bytes.size());
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}}) {
    const Read pieces = read(bytes, piece);
    // What is no HTTP may be waited out to the end of its header.
    BREAKWATER_ASSERT(pieces == whole || (pieces.status < 0 && whole.status > 0));
  }
  return 0;
}
