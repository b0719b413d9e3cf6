// What stands behind list-bounces+, and what a bounce says: whatever the bytes, a token without its signature
// names no recipient, one that is read says the same when it is written again, and no text counts for more
// than a day may.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "lists/bounce_score.h"
#include "pipeline/bounce_address.h"
#include "terms/invariant.h"

using namespace breakwater;

namespace {

std::uint64_t mac(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

void check_token(std::string_view text) {
  const auto read = pipeline::read_bounce_token(text, mac);
  if (!read) return;
  BREAKWATER_ASSERT(read->is_signed || !read->recipient);
  lists::List list;  // the shortest name, so that all of it fits
  std::string address;
  if (read->recipient)
    pipeline::append_verp(list, read->posting, read->recipient, mac, read->sent, address);
  else
    address = pipeline::bounce_address(list, read->posting, mac, read->sent);
  const auto again = pipeline::read_bounce_token(address.substr(9, address.find('@') - 9), mac);
  BREAKWATER_ASSERT(again && again->posting == read->posting && again->recipient == read->recipient);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_token(text);
  // Signed, so that what stands before the signature is read too.
  for (const char* form : {"", "+"}) {
    std::string lower;
    for (const char c : text) lower.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    std::string tail = format_id(static_cast<std::int64_t>(mac(form + lower) & 0xFF'FFFF'FFFF)).substr(5);
    check_token(text + tail);
  }
  const std::size_t line = text.find('\n');
  const std::string_view status = std::string_view(text).substr(0, line);
  const std::string_view said =
      line == std::string::npos ? std::string_view() : std::string_view(text).substr(line + 1);
  BREAKWATER_ASSERT(half_points(lists::kind_of_bounce(status, said)) <= 2);
  return 0;
}
