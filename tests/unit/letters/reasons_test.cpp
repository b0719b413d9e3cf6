#include "letters/reasons.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace breakwater::letters {
namespace {

std::string german(std::string_view reason) { return reason_text(reason, "de"); }

TEST(Reasons, AreInTheLanguageOfTheLetter) {
  const std::string reason =
      "it would reach 850,000 people; above 10,000 two moderators release it, of whom its sender counts as "
      "one";
  EXPECT_EQ(
      german(reason),
      "Sie würde 850.000 Personen erreichen; bei mehr als 10.000 geben zwei Personen aus der Moderation sie "
      "frei; wer sie geschrieben hat, zählt als eine davon");
  EXPECT_EQ(reason_text(reason, "de-at"), german(reason));
  EXPECT_EQ(reason_text(reason, "en"), reason);
  EXPECT_EQ(reason_text(reason, "fr"), reason);
  EXPECT_EQ(german("it would reach 1 person; above 0 its sender confirms it first"),
            "Sie würde 1 Person erreichen; bei mehr als 0 bestätigt sie zuerst, wer sie geschrieben hat");
  EXPECT_EQ(
      german(
          "many people answer this thread at once, in few words (score 31.5, limit 4.0 at 850,000 people): "
          "replies to it are held; when it has calmed down, one is let through as a probe, after "
          "2026-11-22 17:01 UTC at the earliest"),
      "Viele antworten zugleich und mit wenigen Worten auf dieses Gespräch (Wert 31,5, Grenze 4,0 bei "
      "850.000 "
      "Personen): Antworten darauf werden zurückgehalten; wenn es ruhiger geworden ist, wird eine zur Probe "
      "durchgelassen, frühestens 2026-11-22 17:01 UTC");
  EXPECT_EQ(
      german("over all lists the sender's budget of 20,000 deliveries an hour is used up, and there would be "
             "room for 850,000 people only in more than a day: a person releases it, or not"),
      "Die 20.000 Zustellungen je Stunde, die es über alle Listen für diese Adresse gibt, sind aufgebraucht, "
      "und für 850.000 Personen wäre erst in mehr als einem Tag wieder Raum: Ein Mensch gibt sie frei, oder "
      "nicht");
  EXPECT_EQ(
      german("it would reach 1,200 people; above 10 two moderators release it, of whom its sender counts "
             "as one; 3,500 more get it by digest"),
      "Sie würde 1.200 Personen erreichen; bei mehr als 10 geben zwei Personen aus der Moderation sie frei; "
      "wer sie geschrieben hat, zählt als eine davon; 3.500 weitere bekommen sie in einer Sammelmail");
  EXPECT_EQ(german("the list is frozen: no: not now"), "Die Liste ist angehalten: no: not now");
}

// A moderator's own words, and what is only near a sentence of the server's.
TEST(Reasons, OfOthersStayAsTheyAre) {
  for (const char* own :
       {"", "Bitte einen Link senden.",
        "it would reach everybody people; above 10 its sender confirms it first",
        "it would reach 5 people; above 10 its sender confirms it first!",
        "a person's budget of 5 deliveries an hour", "it would reach 5 people; above ", ", and it is a reply",
        "{p1}", "the list is frozen:", "no; 5 more get it by digest"})
    EXPECT_EQ(german(own), own);
}

// A sentence that is changed where it is said is changed here too.
TEST(Reasons, AreThoseThatTheServerGives) {
  std::string code;
  for (const char* room : {"storm", "lists", "pipeline"}) {
    for (const auto& file :
         std::filesystem::directory_iterator(std::string(BREAKWATER_SOURCE_DIR "/server/") + room)) {
      std::ifstream text(file.path());
      code.append(std::istreambuf_iterator<char>(text), std::istreambuf_iterator<char>());
    }
  }
  // Literals that stand beside one another are one.
  for (std::size_t at = 0; (at = code.find('"', at)) != std::string::npos;) {
    const std::size_t next = code.find_first_not_of(" \n", at + 1);
    if (next != std::string::npos && next > at + 1 && code[next] == '"') {
      code.erase(at, next + 1 - at);
    } else {
      ++at;
    }
  }
  for (const Sentence& each : reason_sentences()) {
    std::string_view rest = each.english;
    while (!rest.empty()) {
      const std::string_view words = rest.substr(0, rest.find('{'));
      // By clauses: a sentence is put together from some.
      for (std::size_t at = 0; at < words.size();) {
        const std::size_t end = std::min(words.find_first_of(":;,(%)", at), words.size());
        std::string_view clause = words.substr(at, end - at);
        while (clause.starts_with(' ')) clause.remove_prefix(1);
        while (clause.ends_with(' ')) clause.remove_suffix(1);
        if (clause.size() > 5) EXPECT_NE(code.find(clause), std::string::npos) << clause;
        at = end + 1;
      }
      const std::size_t hole = rest.find('}');
      rest = hole == std::string_view::npos ? std::string_view() : rest.substr(hole + 1);
    }
  }
}

}  // namespace
}  // namespace breakwater::letters
