// What a sender wrote themselves, of mails as clients really make them.
#include "mail/own_text.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

#include "mail/html_text.h"
#include "mail/quotes.h"
#include "mail/utf8.h"

namespace breakwater::mail {
namespace {

std::string crlf(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

std::string own(std::string_view message) { return own_text(crlf(message), 1000); }

TEST(OwnText, PlainWithoutAnyMime) {
  EXPECT_EQ(own("From: a@b.example\n\nPlease remove me.\n"), "Please remove me.");
  EXPECT_EQ(own("From: a@b.example\n\n\n\n"), "");
  EXPECT_EQ(own(""), "");
}

TEST(OwnText, TopPostingAboveAnAttributionWithoutMarks) {
  EXPECT_EQ(own("Subject: x\n\nMe too!\n\nOn 14 Nov 2016, at 08:29, Ann <ann@b.example> wrote:\n\nTest\n"),
            "Me too!");
  EXPECT_EQ(own("Subject: x\n\nIch auch\n\nAm 14.11.2016 um 08:29 schrieb Ann <ann@b.example>:\n\nTest\n"),
            "Ich auch");
}

TEST(OwnText, AnswersBetweenAndBelowQuotesStay) {
  EXPECT_EQ(
      own("Subject: x\n\nOn Mon, Nov 14, 2016 at 8:29 AM, Ann Meyer <ann@b.example>\nwrote:\n\n> How so?\n> "
          "Really?\n\nBecause.\n\n> And then?\n\nNothing.\n-- \nBob\nhttps://b.example\n"),
      "Because.\n\nNothing.");
}

TEST(OwnText, AttributionsOfManyLanguages) {
  for (const char* line :
       {"On Mon, 14 Nov 2016 08:29:11 +0000, Ann wrote:", "Ann Meyer <ann@b.example> schrieb am 14.11.2016:",
        "Le 14 nov. 2016 à 08:29, Ann <ann@b.example> a écrit :", "El 14/11/2016 a las 8:29, Ann escribió:",
        "Il giorno 14 nov 2016, alle ore 08:29, Ann ha scritto:", "Em 14/11/2016 08:29, Ann escreveu:",
        "Op 14 november 2016 schreef:", "Den 14 nov. 2016 kl. 08:29 skrev:",
        "14.11.2016 kello 8.29 Ann kirjoitti:", "W dniu 14.11.2016 o 08:29, Ann pisze:",
        "Dne 14. 11. 2016 v 8:29 Ann napsal(a):", "14.11.2016 8:29, Ann пишет:",
        "14 Kas 2016 08:29 tarihinde Ann şunu yazdı:", "2016年11月14日 Ann 写道：",
        "2016年11月14日(月) 8:29 Ann <ann@b.example>のメール:"}) {
    const std::string followed = std::string("Subject: x\n\n") + line + "\n> quoted\n\nown\n";
    EXPECT_EQ(own(followed), "own") << line;
  }
}

TEST(OwnText, SentencesThatEndLikeAttributionsStay) {
  EXPECT_EQ(own("Subject: x\n\nThis is what the author wrote:\n\nnothing\n"),
            "This is what the author wrote:\n\nnothing");
}

TEST(OwnText, OutlookAndItsHeaders) {
  EXPECT_EQ(own("Subject: x\n\nRemove me please\n\n-----Original Message-----\nFrom: Ann\nTest\n"),
            "Remove me please");
  EXPECT_EQ(own("Subject: x\n\nWeg da\n\n________________________________\nVon: Ann\nGesendet: Montag\n"),
            "Weg da");
  EXPECT_EQ(own("Subject: x\n\nMoi aussi\n\nDe : Ann\nEnvoyé : lundi\nÀ : tous\nObjet : test\n\ntest\n"),
            "Moi aussi");
  EXPECT_EQ(own("Subject: x\n\nFrom: what I see, nothing works.\nTo: all of you\nBye\n"),
            "From: what I see, nothing works.\nTo: all of you\nBye");  // one line like a header is none
}

TEST(OwnText, WhatTelephonesAdd) {
  EXPECT_EQ(own("Subject: x\n\nSame here\n\nSent from my iPhone\n"), "Same here");
  EXPECT_EQ(own("Subject: x\n\nIch auch\n\nVon meinem iPhone gesendet\n"), "Ich auch");
}

TEST(OwnText, FirstTextOfNestedParts) {
  EXPECT_EQ(
      own("Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/alternative; "
          "boundary=\"i\"\n\n--i\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: "
          "quoted-printable\n\nStop it=2C pl=C3=A4ase\n--i\nContent-Type: text/html\n\n<p>other</p>\n--i--\n"
          "--o\nContent-Type: text/plain\nContent-Disposition: attachment\n\nlog file\n--o--\n"),
      "Stop it, pl\xC3\xA4"
      "ase");
}

TEST(OwnText, Base64AndOldCharsets) {
  EXPECT_EQ(own("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
                "5oqK5oiR56e76Zmk\n"),
            "把我移除");
  EXPECT_EQ(own("Content-Type: text/plain; charset=iso-8859-1\n\nGr\xFC\xDF"
                "e\n"),
            "Grüße");
  EXPECT_EQ(own("Content-Type: text/plain; charset=nobody-knows\n\nGr\xFC\n"), "Gr\xEF\xBF\xBD");
}

TEST(OwnText, HtmlAlone) {
  EXPECT_EQ(
      own("Content-Type: text/html; charset=utf-8\n\n<html><head><title>t</title><style>p{}</style></head>"
          "<body><p>Please&nbsp;remove me &amp; others<br>now</p><!-- no --><div class=\"gmail_quote\">On "
          "Monday<blockquote>old</blockquote></div></body></html>\n"),
      "Please remove me & others\nnow");
  EXPECT_EQ(
      own("Content-Type: text/html\n\n<blockquote>old<blockquote>older</blockquote></blockquote>new &#228;"
          "&#x263A;\n"),
      "new ä☺");
  EXPECT_EQ(own("Content-Type: text/html\n\nno end <script>alert(1)\n"), "no end");
}

TEST(OwnText, EmptyTextBesideHtml) {
  EXPECT_EQ(own("Content-Type: multipart/alternative; boundary=i\n\n--i\nContent-Type: text/plain\n\n\n--i\n"
                "Content-Type: text/html\n\n<p>words</p>\n--i--\n"),
            "words");
}

TEST(OwnText, NothingOfOtherTypes) {
  EXPECT_EQ(own("Content-Type: application/pdf\n\n%PDF\n"), "");
  EXPECT_EQ(own("Content-Type: message/rfc822\n\nSubject: y\n\nforwarded\n"), "");
}

TEST(OwnText, IsCutBetweenCharacters) {
  const std::string message = "Content-Type: text/plain; charset=utf-8\r\n\r\näääää\r\n";
  for (std::size_t most = 0; most < 12; ++most) {
    const std::string text = own_text(message, most);
    EXPECT_LE(text.size(), most);
    EXPECT_TRUE(valid_utf8(text));
  }
}

TEST(OwnText, DeepNestingEnds) {
  std::string message = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (int depth = 0; depth < 5000; ++depth) {
    message += "--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
  }
  EXPECT_EQ(own_text(message, 1000), "");
}

TEST(OwnText, AlwaysWithinItsBoundsAndValid) {
  EXPECT_TRUE(rc::check([](const std::string& head, const std::string& body) {
    const std::string text = own_text(head + "\r\n\r\n" + body, 200);
    RC_ASSERT(text.size() <= 200U);
    RC_ASSERT(valid_utf8(text));
    RC_ASSERT(text.find('\r') == std::string::npos);
  }));
}

TEST(Unquoted, KeepsOneBlankLine) { EXPECT_EQ(unquoted("a\n\n\n\nb\n\n", 100), "a\n\nb"); }

TEST(HtmlText, TagsThatNeverEnd) {
  EXPECT_EQ(html_text("a <b"), "a ");
  EXPECT_EQ(html_text("&#xFFFFFFF; &bogus; &"), "&");
}

}  // namespace
}  // namespace breakwater::mail
