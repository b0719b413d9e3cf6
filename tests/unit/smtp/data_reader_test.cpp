#include "smtp/data_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace breakwater::smtp {
namespace {

// The rules of RFC 5321 4.1.1.4 and 4.5.2 told in the slowest and plainest way.
struct Expected {
  std::string bytes;
  std::size_t taken = 0;
  bool done = false, bare_cr = false, bare_lf = false, nul = false;
};

Expected read_slowly(std::string_view in) {
  Expected out;
  const std::string text = "\r\n" + std::string(in);  // the CRLF of the DATA line
  for (std::size_t i = 2; i <= text.size(); ++i) {
    const std::string_view before(text.data(), i);
    if (before.ends_with("\r\n.\r\n") && i > 4) {
      out.done = true;
      out.taken = i - 2;
      break;
    }
  }
  if (!out.done) out.taken = in.size();
  const std::string_view body(text.data(), out.done ? out.taken + 2 - 3 : text.size());
  for (std::size_t i = 2; i < body.size(); ++i) {
    const char c = body[i];
    const bool line_start = body[i - 2] == '\r' && body[i - 1] == '\n';
    if (c == '\n' && body[i - 1] != '\r') out.bare_lf = true;
    if (c == '\0') out.nul = true;
    if (c == '\r' && i + 1 < body.size() && body[i + 1] != '\n') out.bare_cr = true;
    if (c == '.' && line_start) continue;
    out.bytes += c;
  }
  return out;
}

struct Got {
  std::string bytes;
  std::size_t taken = 0;
  bool done = false, bare_cr = false, bare_lf = false, nul = false, too_big = false;
};

Got read(std::string_view in, const std::vector<std::size_t>& sizes, std::uint64_t limit) {
  DataReader reader;
  reader.start(limit);
  Got got;
  for (std::size_t at = 0, n = 0; at < in.size() && !reader.done(); ++n) {
    const std::size_t size = sizes.empty() ? in.size() : std::max<std::size_t>(1, sizes[n % sizes.size()]);
    const std::string piece(in.substr(at, size));  // a copy of its own, so that ASan sees a step over its end
    const std::size_t taken = reader.feed(piece);
    EXPECT_TRUE(taken == piece.size() || reader.done());
    EXPECT_LE(reader.held_bytes(),
              std::max<std::uint64_t>(limit, 15));  // 15: what fits into the string itself
    at += taken;
    got.taken += taken;
  }
  got.done = reader.done();
  got.bare_cr = reader.has_bare_cr();
  got.bare_lf = reader.has_bare_lf();
  got.nul = reader.has_nul();
  got.too_big = reader.too_big();
  got.bytes = reader.take();
  return got;
}

void expect_same(std::string_view in, const std::vector<std::size_t>& sizes) {
  const Expected want = read_slowly(in);
  const Got got = read(in, sizes, 1'000'000);
  ASSERT_EQ(got.done, want.done);
  ASSERT_EQ(got.taken, want.taken);
  if (!want.done) return;
  ASSERT_EQ(got.bare_cr, want.bare_cr);
  ASSERT_EQ(got.bare_lf, want.bare_lf);
  ASSERT_EQ(got.nul, want.nul);
  if (want.bare_cr || want.bare_lf || want.nul) {
    ASSERT_EQ(got.bytes, "");
  } else {
    ASSERT_EQ(got.bytes, want.bytes);
  }
}

TEST(DataReader, ends_and_dots) {
  EXPECT_EQ(read(".\r\n", {}, 100).bytes, "");
  EXPECT_TRUE(read(".\r\n", {}, 100).done);
  EXPECT_EQ(read("a\r\n.\r\nQUIT\r\n", {}, 100).taken, 6U);
  EXPECT_EQ(read("..\r\n...\r\n.a\r\n.\r\n", {}, 100).bytes, ".\r\n..\r\na\r\n");
  EXPECT_EQ(read("a.\r\n.\r\n", {}, 100).bytes, "a.\r\n");
  EXPECT_FALSE(read("a\r\n.", {}, 100).done);
  EXPECT_FALSE(read("a\r\n.\r", {}, 100).done);
  EXPECT_FALSE(read("a.\r\n", {}, 100).done);
}

// Every string of up to seven of the bytes that matter, whole and byte by byte.
TEST(DataReader, all_short_strings) {
  const std::string_view alphabet("\r\n.a\0", 5);
  for (std::size_t length = 0; length <= 7; ++length) {
    std::size_t count = 1;
    for (std::size_t i = 0; i < length; ++i) count *= alphabet.size();
    for (std::size_t number = 0; number < count; ++number) {
      std::string in;
      for (std::size_t i = 0, rest = number; i < length; ++i, rest /= alphabet.size())
        in += alphabet[rest % 5];
      in += "\r\n.\r\n";
      expect_same(in, {});
      expect_same(in, {1});
      if (HasFatalFailure()) FAIL() << ::testing::PrintToString(in);
    }
  }
}

// Long enough for the blocks that are looked at as a whole; the odd byte stands at every place of a block.
TEST(DataReader, one_odd_byte_anywhere_in_a_long_message) {
  std::string plain;
  while (plain.size() < 2300) plain += std::string(plain.size() % 77, 'x') + "\r\n";
  for (std::size_t at = 0; at < plain.size(); ++at) {
    for (const std::string_view odd :
         {std::string_view("\r"), std::string_view("\n"), std::string_view("\0", 1), std::string_view("."),
          std::string_view("\r\n."), std::string_view("\r\n.\r\n")}) {
      std::string in = plain;
      in.insert(at, odd);
      in += ".\r\n";
      expect_same(in, {});
      expect_same(in, {700, 1, 513});
      if (HasFatalFailure()) FAIL() << at << " " << ::testing::PrintToString(std::string(odd));
    }
  }
}

RC_GTEST_PROP(DataReader, any_split_gives_the_same, ()) {
  const auto word =
      rc::gen::element<std::string>("\r\n", ".", "\r\n.", "a", "\r", "\n", std::string(1, '\0'),
                                    std::string(600, 'b'), "long line of text\r\n", "\r\n.\r\n");
  const auto words = *rc::gen::container<std::vector<std::string>>(word);
  const auto sizes = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 1200));
  std::string in;
  for (const auto& w : words) in += w;
  expect_same(in + "\r\n.\r\n", sizes);
}

// RFC 1870 6.1: CRLFs count, stuffed dots and the end do not.
TEST(DataReader, limit) {
  EXPECT_FALSE(read("..34\r\n.\r\n", {}, 5).too_big);
  EXPECT_EQ(read("..34\r\n.\r\n", {}, 5).bytes, ".34\r\n");
  EXPECT_TRUE(read("..34\r\n.\r\n", {}, 4).too_big);
  EXPECT_EQ(read("..34\r\n.\r\n", {}, 4).bytes, "");
  EXPECT_TRUE(read("..34\r\n.\r\n", {}, 4).done);
  EXPECT_TRUE(read("..34\r\n.\r\n", {1}, 4).too_big);
}

TEST(DataReader, holds_nothing_of_what_is_over_the_limit_or_refused) {
  DataReader reader;
  reader.start(100'000);
  const std::string megabyte(1'000'000, 'x');
  for (int i = 0; i < 50; ++i) {
    reader.feed(megabyte);
    ASSERT_EQ(reader.held_bytes(), 0U);
  }
  reader.feed("\r\n.\r\n");
  EXPECT_TRUE(reader.done());
  EXPECT_TRUE(reader.too_big());

  reader.start(100'000);
  reader.feed("some text");
  EXPECT_GT(reader.held_bytes(), 0U);
  reader.discard();
  reader.feed(" and more\r\n.\r\n");
  EXPECT_TRUE(reader.done());
  EXPECT_EQ(reader.held_bytes(), 0U);
  EXPECT_EQ(reader.take(), "");
}

// The memory that is held never goes past the limit, however it grew there.
TEST(DataReader, grows_to_the_limit_and_not_over_it) {
  DataReader reader;
  reader.start(100'000);
  for (int i = 0; i < 99'998; ++i) {
    reader.feed("x");
    ASSERT_LE(reader.held_bytes(), 100'000U);
  }
  reader.feed("\r\n.\r\n");
  EXPECT_FALSE(reader.too_big());
  EXPECT_EQ(reader.take().size(), 100'000U);
}

}  // namespace
}  // namespace breakwater::smtp
