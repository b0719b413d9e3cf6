// One HTTP/1.1 request, read by Beast's parser from the bytes as they come, and the bytes of its answer.
// No socket, no time but the Date that is written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "web/http_page.h"

namespace breakwater::web {

class HttpExchange {
 public:
  // A request's body may have so many bytes; 0: none is wanted.
  explicit HttpExchange(std::size_t body_bytes);
  ~HttpExchange();
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;

  // A header of more is refused; with it, what to read at once.
  static constexpr std::uint32_t kHeaderBytes = 8192;

  // Takes from the front of `bytes` what belongs to the request. False: more of it is wanted. True: it is
  // whole, or there is a refusal(): it cannot be read, and neither can what follows it.
  bool take(std::string& bytes);
  const std::optional<HttpAnswer>& refusal() const { return refusal_; }

  HttpRequest request(const std::string& peer);
  bool keeps_alive() const;  // the client, for another request (RFC 9112 9.3)

  // The answer as it goes out: of a HEAD without its body.
  std::string bytes_of(HttpAnswer answer, bool keep_alive) const;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
  const std::size_t body_bytes_;
  std::optional<HttpAnswer> refusal_;
};

// An answer of one line for people, such as "there is no such page".
HttpAnswer plain_answer(unsigned status, const std::string& text);

}  // namespace breakwater::web
