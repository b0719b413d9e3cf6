#include "letters/reasons.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

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
      "wer sie geschrieben hat, zählt als eine davon; 3.500 weitere Personen bekommen sie in einer "
      "Sammelmail");
  EXPECT_EQ(german("it is an automatic message; 1 more gets it by digest"),
            "Sie ist eine automatische Nachricht; 1 weitere Person bekommt sie in einer Sammelmail");
  EXPECT_EQ(german("nothing of its sender has gone to the list yet: a moderator looks at it first"),
            "Von dieser Adresse ging noch nichts an die Liste: Die Moderation sieht die Nachricht zuerst an");
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

std::string outcome(std::string_view english) { return outcome_text(english, "de"); }
std::string trouble(std::string_view english) { return source_error_text(english, "de"); }

TEST(Outcomes, AreInTheLanguageOfTheLetter) {
  EXPECT_EQ(outcome("eve@example.org was added to tech@lists.example"),
            "eve@example.org wurde in tech@lists.example aufgenommen");
  EXPECT_EQ(outcome("@evil.example is banned from tech@lists.example (who is on the list already stays)"),
            "@evil.example ist für tech@lists.example gesperrt (wer schon auf der Liste ist, bleibt)");
  EXPECT_EQ(outcome("nothing was done: posting 01K9XZQ4T2M7A is not held"),
            "Es wurde nichts getan: Die Nachricht 01K9XZQ4T2M7A wird nicht zurückgehalten");
  EXPECT_EQ(
      outcome(
          "1 posting released, one after the other, to 850000 recipients in all; 2 wait for their senders, "
          "for a time, or for a word of their own: release those one by one"),
      "1 Nachricht freigegeben, eine nach der anderen, an insgesamt 850000 Personen; 2 warten auf die, die "
      "sie "
      "geschrieben haben, auf eine Zeit oder auf ein eigenes Wort: Geben Sie diese einzeln frei");
  EXPECT_EQ(outcome("confirmed: it waits all the same: it is an automatic message, and it is a reply"),
            "Bestätigt: Sie wartet trotzdem: Sie ist eine automatische Nachricht, und sie ist eine Antwort")
      << "a reason is part of an outcome";
  EXPECT_EQ(outcome("confirmed: it waits all the same, now for a moderator: it is an automatic message"),
            "Bestätigt: Sie wartet trotzdem, jetzt auf die Moderation: Sie ist eine automatische Nachricht");
  EXPECT_EQ(outcome_text("cancelled: nobody got your message", "en"), "cancelled: nobody got your message");
  // Somebody's own words, and another sentence.
  for (const char* own : {"", "Bob is on holiday", "eve@example.org was added", "the list is empty: why?"})
    EXPECT_EQ(outcome(own), own);
  EXPECT_EQ(german("ann@example.org is on tech@lists.example"), "ann@example.org is on tech@lists.example")
      << "a moderator's own words are no outcome";
}

TEST(ErrorsOfSources, KeepWhatAnotherProgramSaid) {
  EXPECT_EQ(
      trouble("LDAP directory ldaps://ldap.example.org, base \"dc=example\": the bind was refused: Invalid "
              "credentials (80090308: LdapErr); check bind_dn and its password"),
      "LDAP-Verzeichnis ldaps://ldap.example.org, base \"dc=example\": Die Anmeldung (bind) wurde abgelehnt: "
      "„Invalid credentials (80090308: LdapErr)“; prüfen Sie bind_dn und das Passwort dazu");
  EXPECT_EQ(
      trouble("CSV file /srv/staff.csv: line 12 has 1 of the first line's 2 columns; was it cut off?"),
      "CSV-Datei /srv/staff.csv: Zeile 12 hat 1 der 2 Spalten der ersten Zeile; wurde sie abgeschnitten?");
  EXPECT_EQ(trouble("program /opt/hr: it failed with exit status 3 and said: no route to host"),
            "Programm /opt/hr: Es endete mit Status 3 und sagte: „no route to host“");
  EXPECT_EQ(
      trouble(
          "SQLite file /srv/a.db: it cannot be opened: unable to open database file; does it exist, and may "
          "the server read it? (A file in WAL mode needs its -wal and -shm beside it readable too)"),
      "SQLite-Datei /srv/a.db: Sie kann nicht geöffnet werden: „unable to open database file“; gibt es sie, "
      "und "
      "darf der Server sie lesen? (Eine Datei im WAL-Modus braucht daneben ihre -wal und -shm, ebenfalls "
      "lesbar)");
  EXPECT_EQ(
      trouble(
          "PostgreSQL database hr on db1: it took more than 300.0 s, the limit for a source, and had given 5 "
          "rows by then"),
      "PostgreSQL-Datenbank hr on db1: Sie brauchte mehr als 300,0 s, die Grenze für eine Quelle, und hatte "
      "bis "
      "dahin 5 Zeilen geliefert");
  for (const char* own :
       {"", "something else", "line x has 1 of the first line's 2 columns; was it cut off?"})
    EXPECT_EQ(trouble(own), own);
  EXPECT_EQ(outcome("nothing was done: CSV file /a.csv: it is not a file"),
            "Es wurde nichts getan: CSV-Datei /a.csv: Sie ist keine Datei");
}

// Whatever somebody's text is, nothing of it is lost or read beyond its end.
RC_GTEST_PROP(Outcomes, OfAnyTextAreBounded, ()) {
  const auto sentences = outcome_sentences();
  std::string text;
  for (const std::size_t at :
       *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, 200)))
    text += std::string(sentences[at % sentences.size()].english.substr(0, at)) + (at % 3 ? "; " : ": ");
  const std::string said = outcome(text);
  RC_ASSERT(said.size() <= 4 * text.size() + 2000);
  RC_ASSERT(!text.empty() || said.empty());
}

// A sentence that is changed where it is said is changed here too.
TEST(Reasons, AreThoseThatTheServerGives) {
  std::string code;
  for (const char* room : {"storm", "lists", "pipeline", "daemon", "store", "sources"}) {
    for (const auto& file :
         std::filesystem::directory_iterator(std::string(BREAKWATER_SOURCE_DIR "/server/") + room)) {
      std::ifstream text(file.path());
      code.append(std::istreambuf_iterator<char>(text), std::istreambuf_iterator<char>());
    }
  }
  // A quotation mark in a literal ends none.
  for (std::size_t at = 0; (at = code.find("\\\"", at)) != std::string::npos;) code.replace(at, 2, "'");
  // Literals that stand beside one another are one.
  for (std::size_t at = 0; (at = code.find('"', at)) != std::string::npos;) {
    const std::size_t next = code.find_first_not_of(" \n", at + 1);
    if (next != std::string::npos && next > at + 1 && code[next] == '"') {
      code.erase(at, next + 1 - at);
    } else {
      ++at;
    }
  }
  std::vector<Sentence> all;
  for (const auto& some : {reason_sentences(), outcome_sentences(), source_sentences(), source_tails()})
    all.insert(all.end(), some.begin(), some.end());
  for (const Sentence& each : all) {
    std::string_view rest = each.english;
    while (!rest.empty()) {
      const std::string_view words = rest.substr(0, rest.find('{'));
      // By clauses: a sentence is put together from some.
      for (std::size_t at = 0; at < words.size();) {
        const std::size_t end = std::min(words.find_first_of(":;,(%)", at), words.size());
        std::string_view clause = words.substr(at, end - at);
        while (clause.starts_with(' ')) clause.remove_prefix(1);
        while (clause.ends_with(' ')) clause.remove_suffix(1);
        std::string said(clause);
        std::replace(said.begin(), said.end(), '"', '\'');
        if (said.size() > 5) EXPECT_NE(code.find(said), std::string::npos) << clause;
        at = end + 1;
      }
      const std::size_t hole = rest.find('}');
      rest = hole == std::string_view::npos ? std::string_view() : rest.substr(hole + 1);
    }
  }
}

}  // namespace
}  // namespace breakwater::letters
