// The body of DATA (RFC 5321 4.1.1.4, 4.5.2): finds its end, takes the stuffed dots out, keeps what is within
// the limit. Only <CRLF>.<CRLF> ends a message. Bare CR, bare LF and NUL are found and reported, so that the
// session can refuse the message: elsewhere they may end a line, and then a message too (SMTP smuggling,
// CVE-2023-51764). Pure; any split of the bytes gives the same. Looks at whole runs with memchr: this is the
// hot path of receiving.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace breakwater::smtp {

class DataReader {
 public:
  // Begins a message of at most `limit` bytes, CRLFs counted, stuffed dots not (RFC 1870 6.1).
  void start(std::uint64_t limit);

  // Returns how many bytes it took: all, or those up to the end of the message.
  std::size_t feed(std::string_view bytes);

  // Keeps nothing from now on, only looks for the end.
  void discard();

  bool done() const { return at_ == At::end; }
  bool has_bare_cr() const { return bare_cr_; }
  bool has_bare_lf() const { return bare_lf_; }
  bool has_nul() const { return nul_; }
  bool too_big() const { return size_ > limit_; }

  // The message, when none of the above is the case and it was not discarded. Leaves the reader empty.
  std::string take();

  std::size_t held_bytes() const;  // memory, not length: at most the limit, rounded up to one first block

 private:
  enum class At { line_start, dot, dot_cr, in_line, cr, end };

  const char* run(const char* from, const char* end, const char*& not_plain_before);
  void keep(const char* from, const char* to);

  At at_ = At::end;
  bool bare_cr_ = false, bare_lf_ = false, nul_ = false, discarding_ = false;
  std::uint64_t limit_ = 0, size_ = 0;
  std::string bytes_;
};

}  // namespace breakwater::smtp
