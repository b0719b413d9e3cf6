// What a template may say, what is said about one that may not, and that no value breaks out of its place.
#include "letters/template.h"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>
#include <string>

#include "letters/text.h"
#include "mail/utf8.h"

namespace breakwater::letters {
namespace {

const Letter kLetter{
    "greeting",
    "To whom it concerns.",
    false,
    {{"name", Kind::line, "who", "Ann"},
     {"address", Kind::address, "where", "ann@example.org"},
     {"why", Kind::passage, "why", "because"},
     {"count", Kind::number, "how many", 3},
     {"since", Kind::time, "since when", from_ms(1'795'363'270'000)},
     {"urgent", Kind::flag, "whether", true},
     {"confirm_link", Kind::link, "what to do", "<mailto:x@example.org?subject=confirm>", true},
     {"lists",
      Kind::rows,
      "which",
      Rows{Values{{{"list", "a"}}}},
      false,
      {{"list", Kind::line, "its name", "a"}, {"members", Kind::number, "how many", 2}}}}};

const std::string kHead = "Subject: Hi\n\n{{confirm_link}}\n";

Values some() { return samples(kLetter.variables); }

std::shared_ptr<const Template> good(const std::string& text) {
  std::vector<Complaint> complaints;
  auto made = Template::parse(kLetter, text, complaints);
  for (const Complaint& each : complaints)
    ADD_FAILURE() << each.line << ":" << each.column << ": " << each.what;
  return made;
}

// Of the text below the link; "" where there is none.
std::string body(const std::string& text, const Values& values = some(), std::string_view language = "en") {
  const auto made = good(kHead + "\n" + text);
  if (!made) return "no template";
  const std::string all = made->render(values, language).text;
  const std::size_t begin = all.find("\n\n");
  return begin == std::string::npos ? "" : all.substr(begin + 2);
}

std::string subject(const std::string& text, const Values& values = some()) {
  const auto made = good("Subject: " + text + "\n\n{{confirm_link}}\n");
  return made ? made->render(values, "en").subject : "no template";
}

std::string wrong(const std::string& text) {
  std::vector<Complaint> complaints;
  EXPECT_EQ(Template::parse(kLetter, text, complaints) == nullptr, !complaints.empty());
  std::string out;
  for (const Complaint& each : complaints)
    out += std::to_string(each.line) + ":" + std::to_string(each.column) + ": " + each.what + "\n";
  return out;
}

TEST(ATemplate, shows_values_as_they_are_and_not_as_html) {
  Values values = some();
  values["name"] = "<Ann> & \"Bob\" {{count}} &amp;";
  EXPECT_EQ(body("Dear {{name}},", values), "Dear <Ann> & \"Bob\" {{count}} &amp;,\n");
  EXPECT_EQ(body("{{{name}}} {{&name}}", values), body("{{ name }} {{name}}", values));
  EXPECT_EQ(subject("{{name}}", values), "<Ann> & \"Bob\" {{count}} &amp;");
}

TEST(ATemplate, has_sections_for_what_is_there_and_what_is_not) {
  const std::string text = "{{#name}}\nDear {{name}},\n{{/name}}\n{{^name}}\nHello,\n{{/name}}\nhow are you?";
  EXPECT_EQ(body(text), "Dear Ann, how are you?\n");
  Values values = some();
  for (const Value& none : {Value(std::string()), Value(false)}) {
    values["name"] = none;
    EXPECT_EQ(body(text, values), "Hello, how are you?\n");
  }
  EXPECT_EQ(body("{{#urgent}}Now{{/urgent}}{{^urgent}}Later{{/urgent}}"), "Now\n");
  values.all.erase("name");
  EXPECT_EQ(body(text, values), "Hello, how are you?\n");
}

TEST(ATemplate, leaves_no_line_behind_where_a_section_is_not_there) {
  Values values = some();
  values["name"] = false;
  EXPECT_EQ(body("    a\n{{#name}}\n    {{name}}\n{{/name}}\n    b", values), "    a\n    b\n");
  EXPECT_EQ(body("    a\n  {{! said to nobody,\n not here }}  \n    b"), "    a\n    b\n");
  EXPECT_EQ(body("a\n\n{{#urgent}}\n\nb\n\n{{/urgent}}\n\nc"), "a\n\nb\n\nc\n");
}

TEST(ATemplate, tells_one_from_many) {
  const std::string text = "{{count}} {{#count_one}}person{{/count_one}}{{^count_one}}people{{/count_one}}";
  Values values = some();
  for (const auto& [count, said] :
       {std::pair{1, "1 person\n"}, {2, "2 people\n"}, {850'000, "850,000 people\n"}}) {
    values["count"] = std::int64_t{count};
    EXPECT_EQ(body(text, values), said);
  }
  values["count"] = std::int64_t{0};
  EXPECT_EQ(body("{{^count}}none{{/count}}", values), "none\n");
}

TEST(ATemplate, writes_numbers_and_times_as_its_language_does) {
  Values values = some();
  values["count"] = std::int64_t{-1'234'567};
  EXPECT_EQ(body("{{count}} {{since}}", values), "-1,234,567 Sun, 22 Nov 2026 16:01 UTC\n");
  EXPECT_EQ(body("{{count}} {{since}}", values, "de"),
            "-1.234.567 Sonntag, 22. November 2026, 16:01 Uhr (UTC)\n");
  EXPECT_EQ(body("{{count}} {{since}}", values, "fr"), "-1\u00A0234\u00A0567 2026-11-22 16:01 UTC\n");
}

TEST(ATemplate, says_a_row_at_a_time) {
  Values values = some();
  Values one, other;
  one["list"] = "a";
  one["members"] = std::int64_t{1};
  other["members"] = std::int64_t{2'000};
  values["lists"] = Rows{one, other};
  const std::string text =
      "{{#lists_any}}\nOf {{name}}:\n\n{{/lists_any}}\n{{#lists}}\n"
      "    {{list}}{{^list}}?{{/list}}: {{members}}{{#members_one}}!{{/members_one}}\n{{/lists}}\n";
  EXPECT_EQ(body(text, values), "Of Ann:\n\n    a: 1!\n    ?: 2,000\n");
  values["lists"] = Rows{};
  EXPECT_EQ(body(text, values), "");
}

TEST(ATemplate, has_a_subject_of_one_line) {
  EXPECT_EQ(subject("{{count}}\n {{name}}\n\tand more"), "3 Ann and more");
  Values values = some();
  values["name"] = "x\r\nBcc: eve@example.org\r\n\r\n" + std::string(500, 'y');
  const std::string said = subject("Of {{name}}", values);
  EXPECT_EQ(said.find_first_of("\r\n"), std::string::npos);
  EXPECT_LE(said.size(), 63U);
  EXPECT_TRUE(said.ends_with("..."));
}

TEST(ATemplate, cuts_what_is_too_long) {
  Values values = some();
  values["name"] = values["why"] = std::string(5000, 'x');
  values["address"] = std::string(300, 'a') + "@example.org";
  EXPECT_EQ(body("{{name}}", values), std::string(197, 'x') + "...\n");
  EXPECT_EQ(body("{{why}}", values), std::string(997, 'x') + "...\n");
  EXPECT_EQ(body("{{address}}", values), std::string(300, 'a') + "@example.org\n");
}

TEST(ATemplate, is_told_at_its_place_what_is_wrong_with_it) {
  EXPECT_EQ(wrong("Hello\n"),
            "1:1: a template begins with 'Subject: ', an empty line, then the text of the letter\n");
  EXPECT_EQ(wrong("Subject: x\nHello\n"),
            "2:1: an empty line is to stand between the subject and the text\n");
  EXPECT_EQ(wrong("Subject: x"),
            "1:1: the letter has no text: leave a line empty below the subject, and write it there\n");
  EXPECT_EQ(wrong("Subject: {{! x}}\n\n{{confirm_link}}"), "1:1: the subject is empty\n");
  EXPECT_EQ(wrong("Subject: x\n\nHello\n"),
            "0:0: the letter needs {{confirm_link}} in its text (what to do)\n");
  EXPECT_EQ(wrong("Subject: x {{confirm_link}} {{#lists}}{{/lists}}\n\n{{confirm_link}}\n"),
            "1:12: 'confirm_link' is not for a subject\n1:29: 'lists' is not for a subject\n");
  EXPECT_EQ(wrong("Subject: x\n\nü {{nam}}\n{{/name}}{{confirm_link}}"),
            "3:3: the letter 'greeting' has no variable 'nam'\n4:1: {{/name}} closes what is not open\n");
  EXPECT_EQ(wrong(kHead + "{{list}}"), "4:1: 'list' is known between {{#lists}} and {{/lists}} only\n");
  EXPECT_EQ(wrong(kHead + "{{#name}}{{#count}}{{/name}}"),
            "4:20: {{/name}} stands where {{/count}} is to close\n"
            "4:1: {{/name}} is missing: this section is not closed\n");
  EXPECT_EQ(wrong(kHead + "{{urgent}}"),
            "4:1: 'urgent' is true or false, no text: write {{#urgent}} ... {{/urgent}}\n");
  EXPECT_EQ(wrong(kHead + "{{count_one}}"),
            "4:1: 'count_one' is true or false, no text: write {{#count_one}} ... {{/count_one}}\n");
  EXPECT_EQ(wrong(kHead + "{{lists}}"),
            "4:1: 'lists' is several: write {{#lists}} ... {{/lists}} with what is to be said of each\n");
  EXPECT_EQ(wrong(kHead + "a {{name"), "4:3: {{ is not closed on its line by }}\n");
  EXPECT_EQ(wrong(kHead + "{{{name}} "), "4:1: {{{ is not closed on its line by }}}\n");
  EXPECT_EQ(wrong(kHead + "{{na\nme}}"), "4:1: {{ is not closed on its line by }}\n");
  EXPECT_EQ(wrong(kHead + "{{>footer}}"), "4:1: a template cannot take in another: write the text here\n");
  EXPECT_EQ(wrong(kHead + "{{=<% %>=}}"), "4:1: the delimiters stay {{ and }}\n");
  EXPECT_EQ(wrong(kHead + "{{}}"), wrong(kHead + "{{Name!}}"));
  EXPECT_EQ(wrong(kHead + "{{{#name}}}"), "4:1: three braces are for a value only\n");
  EXPECT_EQ(wrong(kHead + "\xff"), "4:1: this is no UTF-8: save the file in that form\n");
  EXPECT_EQ(wrong(kHead + "a\v"), "4:2: a control character\n");
  EXPECT_EQ(wrong(kHead + std::string(kMaxTemplate, 'x')), "0:0: larger than 64 KiB\n");
  std::string deep;
  for (std::size_t i = 0; i <= kMaxDepth; ++i) deep = "{{#name}}" + deep + "{{/name}}";
  EXPECT_EQ(wrong(kHead + deep), "4:73: sections within sections: at most 8\n");
}

TEST(ATemplate, may_come_from_any_editor) {
  const auto made =
      good("\xEF\xBB\xBFSubject: Hi\r\n\r\n{{confirm_link}}\r\n{{#name}}\r\n{{name}}\r\n{{/name}}\r\n");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->render(some(), "en").subject, "Hi");
  EXPECT_EQ(made->render(some(), "en").text, "<mailto:x@example.org?subject=confirm> Ann\n");
}

// Whatever a value is, the letter has the lines that its template has: what comes from outside begins none.
TEST(ATemplate, keeps_its_shape_whatever_it_is_given) {
  const auto made = good("Subject: {{name}} {{why}}\n\n{{confirm_link}}\n\n    {{name}}\n\n    {{why}}\n");
  ASSERT_TRUE(made);
  EXPECT_TRUE(rc::check("any strings", [&](const std::string& name, const std::string& why) {
    Values values = some();
    values["name"] = name + "\r\n\r\nX: \v\f\u2028y";
    values["why"] = why + "\n";
    const Rendered letter = made->render(values, "en");
    RC_ASSERT(letter.subject.find_first_of("\r\n\v\f") == std::string::npos);
    RC_ASSERT(mail::valid_utf8(letter.subject) && mail::valid_utf8(letter.text));
    RC_ASSERT(letter.text.find_first_of("\r\v\f") == std::string::npos);
    std::size_t at = letter.text.find('\n') + 1;
    while (at < letter.text.size()) {
      RC_ASSERT(letter.text[at] == '\n' || letter.text.substr(at, 4) == "    ");
      at = letter.text.find('\n', at) + 1;
    }
  }));
}

}  // namespace
}  // namespace breakwater::letters
