// Replies of a hostile server: whatever the bytes and their split, the same replies come out, within the
// stated bounds, and their parts are what they say. An EHLO reply is read for what it offers.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "smtp/client_capabilities.h"
#include "smtp/reply_parser.h"
#include "terms/invariant.h"

namespace {

using namespace breakwater::smtp;

std::vector<std::string> replies(std::string_view input, std::size_t chunk) {
  ReplyParser parser;
  std::vector<std::string> found;
  while (!input.empty()) {
    const std::string piece(input.substr(0, chunk));  // its own block, so that ASan sees a step over the end
    input.remove_prefix(piece.size());
    std::string_view rest = piece;
    while (!rest.empty()) {
      const auto status = parser.next(rest);
      if (status == ReplyParser::Status::more) BREAKWATER_ASSERT(rest.empty());
      if (status == ReplyParser::Status::garbage) {
        found.emplace_back("garbage");
        return found;
      }
      if (status != ReplyParser::Status::reply) continue;
      BREAKWATER_ASSERT(parser.code() >= 200 && parser.code() <= 599);
      BREAKWATER_ASSERT(parser.whole().size() <= ReplyParser::kMaxReply + ReplyParser::kMaxLine);
      const std::string_view status_code = parser.enhanced();
      BREAKWATER_ASSERT(status_code.size() <= 9 && parser.lines().starts_with(status_code));
      std::string text;
      parser.append_text(text);
      BREAKWATER_ASSERT(text.find('\n') == std::string::npos);
      BREAKWATER_ASSERT(text.substr(0, 3) == std::to_string(parser.code()));
      const Capabilities offered = parse_capabilities(parser.lines());
      BREAKWATER_ASSERT(offered.size || offered.max_size == 0);
      found.push_back(text);
    }
  }
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = replies(input, std::max<std::size_t>(input.size(), 1));
  const auto split = replies(input, 1U + data[0] % 32U);
  BREAKWATER_ASSERT(whole == split);
  return 0;
}
