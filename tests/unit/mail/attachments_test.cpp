// What a message carries: in the ways programs write it, and in those with which one hides it.
#include "mail/attachments.h"

#include <gtest/gtest.h>

#include <string>

namespace breakwater::mail {
namespace {

std::string crlf(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return out;
}

// "type name|name; type", and "..." when that is not all.
std::string shown(const std::string& message) {
  const auto found = parts_of(crlf(message));
  std::string out;
  for (const PartFacts& part : found.parts) {
    out += (out.empty() ? "" : "; ") + part.type;
    for (std::size_t at = 0; at < part.names.size(); ++at) out += (at == 0 ? " " : "|") + part.names[at];
  }
  return found.whole ? out : out + "...";
}

std::string with(const std::string& fields) { return shown(fields + "\n\nx\n"); }

TEST(Parts, of_a_plain_mail_are_its_text) {
  EXPECT_EQ(shown(""), "text/plain");
  EXPECT_EQ(shown("Subject: x\n\nHello\n"), "text/plain");
  EXPECT_EQ(with("Content-Type: TEXT/HTML; charset=utf-8"), "text/html");
}

TEST(Parts, within_parts_and_within_messages) {
  EXPECT_EQ(
      shown(
          "Content-Type: multipart/mixed; boundary=a\n\npreamble\n--a\n"
          "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nx\n--b\nContent-Type: text/html\n\n<p>\n"
          "--b--\n--a\nContent-Type: message/rfc822\n\n"
          "Content-Type: multipart/mixed; boundary=c\n\n--c\n"
          "Content-Disposition: attachment; filename=Virus.EXE\n\nx\n--c--\n--a--\nepilogue\n"),
      "text/plain; text/html; text/plain virus.exe");
}

TEST(Parts, have_their_names_in_every_form) {
  EXPECT_EQ(with("Content-Type: application/pdf; name=\"Plan A.pdf\""), "application/pdf plan a.pdf");
  EXPECT_EQ(with("Content-Disposition: attachment; filename=a.exe"), "text/plain a.exe");
  EXPECT_EQ(with("Content-Disposition: attachment; filename*=utf-8''%C3%9Cbung.exe"),
            "text/plain \u00FCbung.exe");
  EXPECT_EQ(with("Content-Disposition: attachment; filename*=iso-8859-1'de'%DCbung.exe"),
            "text/plain \u00FCbung.exe");
  EXPECT_EQ(with("Content-Disposition: attachment; filename*0=\"a.\"; filename*1=ex; filename*2=\"e\""),
            "text/plain a.exe");
  EXPECT_EQ(with("Content-Disposition: attachment; filename*1*=%65xe; filename*0*=utf-8''a%2E"),
            "text/plain a.exe");
  EXPECT_EQ(with("Content-Disposition: attachment; filename=\"=?utf-8?Q?a=2Eexe?=\""), "text/plain a.exe");
  EXPECT_EQ(with("Content-Disposition: attachment;\n filename=\"a.\n exe\""), "text/plain a. exe");
}

// Readers differ in which of several they take: all of them are there.
TEST(Parts, that_state_their_name_twice_have_both) {
  EXPECT_EQ(with("Content-Type: image/jpeg; name=a.jpg\nContent-Disposition: attachment; filename=b.exe; "
                 "filename*=utf-8''c.scr; filename=d.bat"),
            "image/jpeg a.jpg|b.exe|d.bat|c.scr");
  EXPECT_EQ(
      with("Content-Disposition: inline; filename=a.jpg\nContent-Disposition: attachment; filename=b.exe"),
      "text/plain a.jpg|b.exe");
  EXPECT_EQ(with("Content-Type: image/jpeg\nContent-Type: text/plain; name=b.exe"), "image/jpeg b.exe...");
}

TEST(Parts, have_names_whose_end_cannot_be_hidden) {
  EXPECT_EQ(with("Content-Disposition: attachment; filename=\"a.exe. . \""), "text/plain a.exe");
  EXPECT_EQ(with("Content-Disposition: attachment; filename=\"..\\\\x/a.exe\""), "text/plain a.exe");
  EXPECT_EQ(with("Content-Disposition: attachment; filename=\"a\xE2\x80\xAEgpj.exe\""),
            "text/plain agpj.exe");
  const std::string longest =
      with("Content-Disposition: attachment; filename=\"" + std::string(5000, 'a') + ".exe\"");
  EXPECT_TRUE(longest.ends_with("aaa.exe"));
  EXPECT_LT(longest.size(), 300U);
}

TEST(Parts, that_others_may_see_otherwise_are_not_all) {
  EXPECT_EQ(with("Content-Type: multipart/mixed"), "...");
  EXPECT_EQ(with("Content-Type: multipart/mixed; boundary=a"), "...");
  EXPECT_EQ(shown("Content-Type: multipart/mixed; boundary=a; boundary=b\n\n--a\n\nx\n--a--\n"),
            "text/plain...");
  EXPECT_EQ(shown("Content-Type: multipart/mixed; boundary=a\nContent-Transfer-Encoding: "
                  "base64\n\n--a\n\nx\n--a--\n"),
            "multipart/mixed...");
  EXPECT_EQ(with("Content-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable"),
            "message/rfc822...");
}

TEST(Parts, beyond_five_hundred_or_ten_levels_are_not_all) {
  std::string many = "Content-Type: multipart/mixed; boundary=a\n\n";
  for (int at = 0; at < 500; ++at) many += "--a\n\nx\n";
  auto found = parts_of(crlf(many + "--a--\n"));
  EXPECT_EQ(found.parts.size(), 500U);
  EXPECT_TRUE(found.whole);
  found = parts_of(crlf(many + "--a\n\nx\n--a--\n"));
  EXPECT_EQ(found.parts.size(), 500U);
  EXPECT_FALSE(found.whole);

  std::string deep;
  for (int at = 0; at < 10; ++at) deep += "Content-Type: message/rfc822\n\n";
  EXPECT_EQ(shown(deep + "Content-Type: image/png\n\n"), "image/png");
  EXPECT_EQ(shown("Content-Type: message/rfc822\n\n" + deep + "Content-Type: image/png\n\n"),
            "message/rfc822...");
}

}  // namespace
}  // namespace breakwater::mail
