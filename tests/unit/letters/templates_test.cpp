// The templates that the server brings: complete in each language, and as they are read. Each letter with its
// samples is a file in samples/; BREAKWATER_REGENERATE=1 writes them, and the tables of docs/templates.md,
// anew.
#include "letters/templates.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

namespace breakwater::letters {
namespace {

const std::string kSource = BREAKWATER_SOURCE_DIR;

std::string text_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

void expect_file(const std::string& file, const std::string& text) {
  if (std::getenv("BREAKWATER_REGENERATE") != nullptr) std::ofstream(file, std::ios::binary) << text;
  EXPECT_EQ(text_of(file), text) << file;
}

// Of a letter with the samples of its row; where they are said to be none, with nothing that may be missing.
std::string shown(const Templates& templates, const std::string& language, const Letter& letter) {
  const Rendered words = templates.render(language, letter.name, samples(letter.variables));
  return "Subject: " + words.subject + "\n\n" + words.text;
}

TEST(TheTemplates, have_every_letter_in_every_language) {
  const Templates templates;
  EXPECT_EQ(templates.languages(), (std::vector<std::string>{"de", "en"}));
  for (const std::string& language : templates.languages()) {
    EXPECT_EQ(templates.missing(language), std::vector<std::string>{}) << language;
    for (const Letter& each : table())
      expect_file(kSource + "/tests/unit/letters/samples/" + language + "/" + each.name + ".txt",
                  shown(templates, language, each));
  }
}

TEST(TheTemplates, say_something_where_all_that_may_be_missing_is) {
  const Templates templates;
  for (const std::string& language : templates.languages()) {
    for (const Letter& each : table()) {
      const Rendered words = templates.render(language, each.name, {});
      EXPECT_FALSE(words.subject.empty() || words.text.empty()) << each.name;
      EXPECT_EQ(words.text.find("{{"), std::string::npos) << each.name;
    }
  }
}

// A program reads -request, and answers a question with its help.
TEST(TheTemplates, send_questions_to_people) {
  const Templates templates;
  for (const std::string& language : templates.languages()) {
    const std::string asks = language == "de" ? "Fragen? " : "Questions? ";
    for (const Letter& each : table()) {
      const std::string text = templates.render(language, each.name, samples(each.variables)).text;
      const std::size_t at = text.rfind(asks);
      if (at == std::string::npos) continue;
      const std::string last = text.substr(at);
      EXPECT_EQ(last.find("-request@"), std::string::npos) << language << " " << each.name;
      EXPECT_TRUE(last.find("-owner@") != std::string::npos || last.find("postmaster@") != std::string::npos)
          << language << " " << each.name;
    }
  }
}

TEST(TheTemplates, have_whole_rows) {
  std::set<std::string> names;
  for (const Letter& each : table()) {
    EXPECT_TRUE(names.insert(each.name).second) << each.name;
    EXPECT_TRUE(each.doc.ends_with('.')) << each.name;
    std::set<std::string> variables;
    for (const Variable& variable : each.variables) {
      EXPECT_TRUE(variables.insert(variable.name).second) << variable.name;
      EXPECT_FALSE(variable.doc.empty()) << variable.name;
      EXPECT_EQ(variable.kind == Kind::rows, !variable.columns.empty()) << variable.name;
    }
  }
}

TEST(TheTemplates, are_replaced_one_at_a_time) {
  Templates templates;
  const std::string text = "Subject: Moin\n\n{{address}}\n";
  EXPECT_TRUE(templates.add("de", "taken", text).empty());
  EXPECT_EQ(templates.render("de", "taken", samples(letter("taken").variables)).subject, "Moin");
  EXPECT_EQ(Templates().render("de", "taken", {}).subject, "Ihre Nachricht wurde angenommen");
  EXPECT_EQ(templates.in_force("de", "taken").text, text);
  EXPECT_TRUE(templates.in_force("de", "taken").own);
  EXPECT_FALSE(Templates().in_force("de", "taken").own);
  EXPECT_EQ(templates.in_force("fr", "taken").language, "en") << "English answers for it";
  EXPECT_EQ(templates.in_force("en", "held").text, text_of(kSource + "/config/templates/en/held.txt"));
  EXPECT_FALSE(templates.add("de", "taken", "Subject: Moin\n\nnothing\n").empty());
  EXPECT_EQ(templates.render("de", "taken", {}).subject, "Moin") << "the one that was there stays";
}

TEST(TheTemplates, answer_in_english_where_a_language_lacks_a_letter) {
  Templates templates;
  EXPECT_TRUE(templates.add("fr", "taken", "Subject: Re\u00E7u\n\n{{address}}\n").empty());
  EXPECT_TRUE(templates.has("fr"));
  EXPECT_EQ(templates.missing("fr").size(), table().size() - 1);
  EXPECT_EQ(templates.render("fr", "taken", {}).subject, "Re\u00E7u");
  EXPECT_EQ(templates.render("fr", "held", {}).subject, Templates().render("en", "held", {}).subject);
  EXPECT_EQ(templates.render("", "held", {}).subject, Templates().render("en", "held", {}).subject);
}

TEST(TheTemplates, are_described_as_they_are) {
  const std::string file = kSource + "/docs/templates.md";
  const std::string begin = "<!-- from here on: written by unit_letters, from server/letters/table.cpp -->\n";
  const std::string page = text_of(file);
  const std::size_t at = page.find(begin);
  ASSERT_NE(at, std::string::npos);
  expect_file(file, page.substr(0, at + begin.size()) + "\n" + reference_markdown());
}

}  // namespace
}  // namespace breakwater::letters
