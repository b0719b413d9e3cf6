#include "smtp/data_reader.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace breakwater::smtp {
namespace {

constexpr std::size_t first_block = 16 * 1024;

constexpr std::size_t block = 512;

// True when within [p, p + length) every CR and LF is half of a CRLF and no line begins with a dot, so that
// the whole block is kept as it is. Written so that the compiler makes vector code of it: mail is nearly
// always plain, and two calls of memchr a line cost five times as much.
bool is_plain(const char* p, std::size_t length) {
  unsigned char odd = p[0] == '\n' ? 1 : 0;
  for (std::size_t i = 0; i + 1 < length; ++i) {
    const bool cr = p[i] == '\r', lf = p[i] == '\n', next_lf = p[i + 1] == '\n', next_dot = p[i + 1] == '.';
    odd = static_cast<unsigned char>(odd | (cr != next_lf) | (lf & next_dot));
  }
  return odd == 0;
}

bool is_line_end(char c) { return c == '\r' || c == '\n'; }

// The end of the plain blocks from within a line on; what it returns is within a line too. `not_before`:
// where the block ends that was last found not to be plain, so that none is looked at once for each of its
// lines.
const char* skip_plain(const char* p, const char* end, const char*& not_before) {
  if (p < not_before) return p;
  while (static_cast<std::size_t>(end - p) >= block) {
    std::size_t length = block;
    while (length > block - 2 && is_line_end(p[length - 1])) --length;
    if (is_line_end(p[length - 1]) || !is_plain(p, length)) {
      not_before = p + length;
      break;
    }
    p += length;
  }
  return p;
}

const char* find(const char* from, const char* end, char c) {
  return static_cast<const char*>(std::memchr(from, c, static_cast<std::size_t>(end - from)));
}

}  // namespace

void DataReader::start(std::uint64_t limit) {
  *this = DataReader{};
  at_ = At::line_start;  // the CRLF of the DATA line counts: ".\r\n" at once is an empty message (RFC
                         // 5321 4.1.1.4)
  limit_ = limit;
}

std::size_t DataReader::feed(std::string_view bytes) {
  const char* const begin = bytes.data();
  const char* const end = begin + bytes.size();
  const char* p = begin;
  const char* not_plain_before = begin;
  while (p != end && at_ != At::end) {
    switch (at_) {
      case At::line_start:
        at_ = At::in_line;
        if (*p == '.') {
          at_ = At::dot;
          ++p;
        }
        break;
      case At::dot:  // not kept: RFC 5321 4.5.2
        at_ = At::in_line;
        if (*p == '\r') {
          at_ = At::dot_cr;
          ++p;
        }
        break;
      case At::dot_cr:
      case At::cr: {
        const bool dot = at_ == At::dot_cr;
        if (*p == '\n') {
          if (!dot) keep(p, p + 1);
          at_ = dot ? At::end : At::line_start;
          ++p;
        } else {
          bare_cr_ = true;
          discard();
          at_ = At::in_line;  // a CR here is found by the run, and may still begin a CRLF
        }
        break;
      }
      case At::in_line: p = run(p, end, not_plain_before); break;
      case At::end: break;
    }
  }
  return static_cast<std::size_t>(p - begin);
}

// From within a line, over as many whole lines as there are, to the next line that begins with a dot or to
// the end of the bytes. Keeps the run in one piece; returns where it ended, with at_ saying what comes there.
const char* DataReader::run(const char* from, const char* end, const char*& not_plain_before) {
  const char* p = skip_plain(from, end, not_plain_before);
  for (;;) {
    const char* const cr = find(p, end, '\r');
    if (find(p, cr ? cr : end, '\n')) {
      bare_lf_ = true;
      discard();
    }
    if (!cr) {
      p = end;
      break;
    }
    p = cr + 1;
    if (p == end) {
      at_ = At::cr;
      break;
    }
    if (*p != '\n') {
      bare_cr_ = true;
      discard();
      continue;
    }
    if (++p == end || *p == '.') {
      at_ = At::line_start;
      break;
    }
    p = skip_plain(p, end, not_plain_before);
  }
  keep(from, p);
  return p;
}

// What is counted and looked for does not depend on whether it is kept, or the verdict would hang on how the
// bytes happened to be split.
void DataReader::keep(const char* from, const char* to) {
  const auto length = static_cast<std::size_t>(to - from);
  size_ += length;
  if (find(from, to, '\0')) nul_ = true;
  if (nul_ || too_big()) discard();
  if (discarding_) return;
  if (bytes_.size() + length > bytes_.capacity()) {
    // Doubling, but never past the limit: a message just under it must not cost twice of it.
    // std::string::reserve on a filled string doubles by itself, hence the new one.
    std::uint64_t want =
        std::max<std::uint64_t>({first_block, bytes_.capacity() * 2, bytes_.size() + length});
    want = std::max<std::uint64_t>(std::min(want, limit_), bytes_.size() + length);
    std::string bigger;
    bigger.reserve(static_cast<std::size_t>(want));
    bigger += bytes_;
    bytes_.swap(bigger);
  }
  bytes_.append(from, length);
}

void DataReader::discard() {
  discarding_ = true;
  std::string().swap(bytes_);
}

std::string DataReader::take() { return std::exchange(bytes_, std::string()); }

std::size_t DataReader::held_bytes() const { return bytes_.empty() ? 0 : bytes_.capacity(); }

}  // namespace breakwater::smtp
