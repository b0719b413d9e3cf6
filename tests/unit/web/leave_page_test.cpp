// The page that asks, what it says afterwards, and which bodies of a POST are a wish.
#include "web/leave_page.h"

#include <gtest/gtest.h>

namespace breakwater::web {
namespace {

LeavePage page(LeaveState state, std::string_view language = "en") {
  return {state, language, "tech@lists.example", masked("ann@example.org"), {}};
}
bool has(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

TEST(LeavePage, AsksByAFormThatSendsWhatAMailProgramWouldSend) {
  const std::string html = leave_page(page(LeaveState::ask));
  EXPECT_TRUE(has(html, "Do you want a••@example.org to leave the list tech@lists.example?"));
  EXPECT_TRUE(has(html, "<form method=\"post\">"));  // to the address of the page
  EXPECT_TRUE(has(html, R"(<input type="hidden" name="List-Unsubscribe" value="One-Click">)"));
  EXPECT_TRUE(has(html, R"(<button type="submit" id="leave">Leave the list</button>)"));
}

TEST(LeavePage, NeedsNothingBesidesItself) {
  for (const LeaveState state : {LeaveState::ask, LeaveState::left, LeaveState::gone, LeaveState::unwanted,
                                 LeaveState::unknown, LeaveState::trouble}) {
    const std::string html = leave_page(page(state));
    for (const char* never : {"<script", "<img", "<link", "http:", "https:", "@import", "url(", " onclick"}) {
      EXPECT_FALSE(has(html, never)) << never;
    }
    for (const char* always : {"<!DOCTYPE html>", "<html lang=\"en\">", "<title>", "<h1>", "<main>"}) {
      EXPECT_TRUE(has(html, always)) << always;
    }
    const bool asks = state == LeaveState::ask || state == LeaveState::unwanted;
    EXPECT_EQ(has(html, "<form"), asks);
    EXPECT_FALSE(has(html, "{list}")) << html;
  }
}

TEST(LeavePage, SaysWhatBecameOfItAndHowToComeBack) {
  const std::string html = leave_page(page(LeaveState::left));
  EXPECT_TRUE(
      has(html, "You have left the list tech@lists.example: nothing more of it goes to a••@example.org"));
  EXPECT_TRUE(has(html, "To come back, write to tech-join@lists.example."));
  EXPECT_TRUE(
      has(leave_page(page(LeaveState::left, "de")), "Sie haben die Liste tech@lists.example verlassen"));
  const std::string before = leave_page(page(LeaveState::gone));
  EXPECT_TRUE(has(before, "a••@example.org is not on the list tech@lists.example (any more)."));
  LeavePage closed = page(LeaveState::left);
  closed.closed = true;
  EXPECT_TRUE(has(leave_page(closed), "write to the owners of the list, tech-owner@lists.example."));
  EXPECT_FALSE(has(leave_page(closed), "tech-join@")) << "nobody joins it by asking";
}

TEST(LeavePage, SpeaksTheLanguageOfTheListOrEnglish) {
  EXPECT_TRUE(has(leave_page(page(LeaveState::ask, "de")), "<html lang=\"de\">"));
  EXPECT_TRUE(has(leave_page(page(LeaveState::ask, "de")), "Liste verlassen</button>"));
  EXPECT_TRUE(has(leave_page(page(LeaveState::ask, "fr")), "Leave the list</button>"));
}

TEST(LeavePage, NamesTheListsInBetween) {
  auto nested = page(LeaveState::ask);
  nested.through = {"north@lists.example", "south@lists.example"};
  EXPECT_TRUE(has(leave_page(nested), "<li>north@lists.example</li>\n<li>south@lists.example</li>"));
}

TEST(LeavePage, WhatItIsToldIsTextAndNoHtml) {
  auto odd = page(LeaveState::ask);
  odd.member = "<b>\"&'@x";
  odd.list = "a{member}<i>@lists.example";
  const std::string html = leave_page(odd);
  EXPECT_TRUE(has(html, "&lt;b&gt;&quot;&amp;'@x"));
  EXPECT_TRUE(has(html, "<h1>Leave a{member}&lt;i&gt;@lists.example</h1>"));
}

TEST(Masked, ShowsTheFirstCharacterAndTheDomain) {
  EXPECT_EQ(masked("ann@example.org"), "a••@example.org");
  EXPECT_EQ(masked("a@example.org"), "a••@example.org");
  EXPECT_EQ(masked("\xC3\xA4nne@example.org"), "\xC3\xA4••@example.org");
  EXPECT_EQ(masked("\"a@b\"@example.org"), "\"••@example.org");
  EXPECT_EQ(masked(""), "••");
}

TEST(AsksToLeave, BothFormsOfRfc8058AndNothingElse) {
  constexpr const char* kUrl = "application/x-www-form-urlencoded";
  EXPECT_TRUE(asks_to_leave(kUrl, "List-Unsubscribe=One-Click"));
  EXPECT_TRUE(asks_to_leave(kUrl, "a=b&List-Unsubscribe=One-Click"));
  EXPECT_TRUE(asks_to_leave(kUrl, "List-Unsubscribe=One-Click\r\n"));
  EXPECT_TRUE(asks_to_leave("", "List-Unsubscribe=One-Click"));
  const std::string part = "Content-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\n";
  EXPECT_TRUE(asks_to_leave("Multipart/Form-Data; boundary=x", "--x\r\n" + part + "One-Click\r\n--x--\r\n"));
  for (const char* other : {"", "&", "List-Unsubscribe", "List-Unsubscribe=", "List-Unsubscribe=One-Clicks",
                            "xList-Unsubscribe=One-Click", "one-click"}) {
    EXPECT_FALSE(asks_to_leave(kUrl, other)) << other;
  }
  EXPECT_FALSE(asks_to_leave("multipart/form-data; boundary=x", "--x\r\n" + part + "No\r\n--x--\r\n"));
  EXPECT_FALSE(asks_to_leave("multipart/form-data; boundary=x", "One-Click"));
}

TEST(LeavePage, of_nobody_in_particular_asks_for_the_address) {
  for (const char* language : {"en", "de"}) {
    const std::string html = leave_page(page(LeaveState::which, language));
    EXPECT_TRUE(has(html, "<label for=\"address\">") &&
                has(html, "name=\"address\" id=\"address\" required"));
    EXPECT_FALSE(has(html, "One-Click")) << "that is what a program posts by itself";
    EXPECT_TRUE(has(leave_page(page(LeaveState::no_address, language)), "name=\"address\""));
    EXPECT_FALSE(has(leave_page(page(LeaveState::asked, language)), "<form"));
  }
}

TEST(LeavePage, reads_the_address_of_its_form) {
  EXPECT_EQ(typed_address("address=ann%40example.org"), "ann@example.org");
  EXPECT_EQ(typed_address("x=1&address=ann%2Btag%40example.org&address=eve"), "ann+tag@example.org");
  EXPECT_EQ(typed_address("address=+ann@example.org"), " ann@example.org");
  EXPECT_EQ(typed_address("address=%"), "%");
  EXPECT_EQ(typed_address("address=%4"), "%4");
  EXPECT_EQ(typed_address("address=%zz%-1%+1"), "%zz%-1% 1");
  EXPECT_EQ(typed_address("address=%00%0d%0A"), std::string("\0\r\n", 3));
  for (const char* body : {"", "&", "address", "adresse=x", "xaddress=y", "&&&=", "address="})
    EXPECT_EQ(typed_address(body), "") << body;
  EXPECT_EQ(percent_decoded("tech%40lists.example"), "tech@lists.example");
}

}  // namespace
}  // namespace breakwater::web
