// Replies as a client reads them (RFC 5321 4.2): bytes in any split, one reply at a time out. What comes from
// a peer is bounded and never trusted: overlong or shapeless input is garbage, after which the connection is
// of no use. Owned by one client; not thread-safe. Has a fuzz target.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace breakwater::smtp {

class ReplyParser {
 public:
  enum class Status { more, reply, garbage };

  // Takes bytes from the front of `input` until a reply is complete (reply), the input is used up (more) or
  // it cannot be a reply (garbage). A line may end with LF alone: a reply carries no data that could be
  // smuggled.
  Status next(std::string_view& input);

  // Of the last complete reply; valid until next() or reset() is called or the input goes away.
  int code() const { return code_; }
  std::string_view first_line() const { return reply_.substr(0, reply_.find('\n')); }
  // The lines without code and separator, divided by '\n': what EHLO says.
  std::string_view lines() const { return reply_.size() > 4 ? reply_.substr(4) : std::string_view{}; }
  // "5.1.1", empty where there is none or its class contradicts the code (RFC 2034, RFC 3463).
  std::string_view enhanced() const;
  // As one line, for logs and people: "550 5.1.1 no such user; ask the postmaster". Appended to `out`.
  void append_text(std::string& out) const;
  bool single_line() const { return reply_.find('\n') == std::string_view::npos; }
  std::string_view whole() const { return reply_; }

  void reset();  // forgets what was begun (RFC 3207: after the handshake)

  static constexpr std::size_t kMaxLine = 4096;    // RFC 5321 4.5.3.1.5 says 512; some say more
  static constexpr std::size_t kMaxReply = 32768;  // all lines of one reply

 private:
  Status take_line(std::string_view line);

  int code_ = 0;
  std::string_view reply_;  // "250 first\nsecond\nthird"; into the input or into held_
  std::string partial_;     // a line that is not complete yet
  std::string held_;        // the lines of a multi-line reply so far
  bool continued_ = false;
};

// The enhanced code at the front of `text`, or empty: class 2, 4 or 5, as `code` says.
std::string_view enhanced_code(int code, std::string_view text);

}  // namespace breakwater::smtp
