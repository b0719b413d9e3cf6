#include "letters/reasons.h"

namespace breakwater::letters {
namespace {

// By the file that says them. A message is what the reasons are about: "sie".
constexpr Sentence kSentences[] = {
    // storm/breaker_reason.cpp, storm/breaker.cpp
    {"many people answer this thread at once, in few words (score {d1}, limit {d2} at {p3}): replies to it "
     "are "
     "held; when it has calmed down, one is let through as a probe, after {s4} at the earliest",
     "Viele antworten zugleich und mit wenigen Worten auf dieses Gespräch (Wert {1}, Grenze {2} bei {3}): "
     "Antworten darauf werden zurückgehalten; wenn es ruhiger geworden ist, wird eine zur Probe "
     "durchgelassen, "
     "frühestens {4}"},
    {"many people write to this list at once, in few words (score {d1}, limit {d2} at {p3}): the list's "
     "postings are held; when it has calmed down, one is let through as a probe, after {s4} at the "
     "earliest",
     "Viele schreiben zugleich und mit wenigen Worten an diese Liste (Wert {1}, Grenze {2} bei {3}): "
     "Nachrichten an die Liste werden zurückgehalten; wenn es ruhiger geworden ist, wird eine zur Probe "
     "durchgelassen, frühestens {4}"},
    {"it is an automatic message, the third of its sender in this thread",
     "Sie ist eine automatische Nachricht, die dritte von dieser Adresse in diesem Gespräch"},
    {"its sender, who is new to the list, writes again in few words, in a thread that many people answer "
     "at "
     "once",
     "Wer sie geschrieben hat, ist neu auf der Liste und schreibt wieder mit wenigen Worten, in einem "
     "Gespräch, "
     "auf das viele zugleich antworten"},
    // storm/budgets.cpp
    {"{w1} budget of {n2} deliveries an hour is used up, and there would be room for {p3} only in more "
     "than a "
     "day: a person releases it, or not",
     "Die {2} Zustellungen je Stunde, die es {1} gibt, sind aufgebraucht, und für {3} wäre erst in mehr "
     "als "
     "einem Tag wieder Raum: Ein Mensch gibt sie frei, oder nicht"},
    {"{w1} budget of {n2} deliveries an hour is used up; there is room for these {p3} at {s4}, then it "
     "goes out "
     "by itself",
     "Die {2} Zustellungen je Stunde, die es {1} gibt, sind aufgebraucht; für diese {3} ist wieder Raum: "
     "{4}; "
     "dann geht sie von selbst hinaus"},
    // storm/guard.cpp
    {"it asks to be taken off the list, which {p1} need not read; its sender is told privately how to "
     "leave",
     "Sie bittet darum, von der Liste genommen zu werden, was {1} nicht zu lesen brauchen; wer sie "
     "geschrieben "
     "hat, erfährt allein, wie das geht"},
    {"it is a reply, and it would reach {p1}; on a list of more than {n2} a moderator releases replies",
     "Sie ist eine Antwort und würde {1} erreichen; bei einer Liste mit mehr als {2} gibt die Moderation "
     "Antworten frei"},
    {"it is a reply, and it would reach {p1}; on a list of more than {n2} replies go to the author of the "
     "message they answer, to nobody else",
     "Sie ist eine Antwort und würde {1} erreichen; bei einer Liste mit mehr als {2} gehen Antworten an "
     "die "
     "Person, der sie antworten, und an niemanden sonst"},
    {"it would reach {p1}; above {n2} its sender confirms it first",
     "Sie würde {1} erreichen; bei mehr als {2} bestätigt sie zuerst, wer sie geschrieben hat"},
    {"it would reach {p1}; above {n2} a moderator releases it",
     "Sie würde {1} erreichen; bei mehr als {2} gibt die Moderation sie frei"},
    {"it would reach {p1}; above {n2} two moderators release it",
     "Sie würde {1} erreichen; bei mehr als {2} geben zwei Personen aus der Moderation sie frei"},
    {"it is an automatic message", "Sie ist eine automatische Nachricht"},
    {"the list is frozen: {s1}", "Die Liste ist angehalten: {1}"},
    // storm/drift.cpp
    {"the list would reach {p1}, and its file expects at most {n2} (expect_members); whoever runs the "
     "server "
     "raises that, or takes out who does not belong there",
     "Die Liste würde {1} erreichen, und ihre Datei erwartet höchstens {2} (expect_members); wer den "
     "Server "
     "betreibt, erhöht das oder nimmt heraus, wer nicht dorthin gehört"},
    {"the list would reach {p1}, and it was {p2} when last confirmed ({n3} more, {n4}%); a change of more "
     "than "
     "{n5}% waits",
     "Die Liste würde {1} erreichen, und bei der letzten Bestätigung waren es {2} ({3} mehr, {4} %); eine "
     "Änderung um mehr als {5} % wartet"},
    {"the list would reach {p1}, and it was {p2} when last confirmed ({n3} fewer, {n4}%); a change of more "
     "than "
     "{n5}% waits",
     "Die Liste würde {1} erreichen, und bei der letzten Bestätigung waren es {2} ({3} weniger, {4} %); "
     "eine "
     "Änderung um mehr als {5} % wartet"},
    {"the list would reach {p1}, and it was {p2} when last confirmed ({n3} more); a change of more than "
     "{n4}% "
     "waits",
     "Die Liste würde {1} erreichen, und bei der letzten Bestätigung waren es {2} ({3} mehr); eine "
     "Änderung um "
     "mehr als {4} % wartet"},
    // storm/machine.cpp
    {"it reads like an automatic answer ({s1})", "Sie liest sich wie eine automatische Antwort ({1})"},
    {"it reads like the recall of a message", "Sie liest sich wie der Rückruf einer Nachricht"},
    {"it reads like a receipt or a calendar's answer",
     "Sie liest sich wie eine Empfangsbestätigung oder die Antwort eines Kalenders"},
    // lists/moderation_rules.cpp
    {"a moderator of the list looks at such messages first",
     "Die Moderation sieht solche Nachrichten zuerst an"},
    {"a moderator looks at what this sender writes to the list first",
     "Die Moderation sieht zuerst an, was diese Adresse an die Liste schreibt"},
    {"nothing of its sender has gone to the list yet: a moderator looks at it first",
     "Von dieser Adresse ging noch nichts an die Liste: Die Moderation sieht die Nachricht zuerst an"},
    {"a moderator looks at everything that members send to this list first",
     "Die Moderation sieht zuerst an, was Mitglieder an diese Liste schreiben"},
    {"a moderator looks at everything that is sent to this list first",
     "Die Moderation sieht alles zuerst an, was an diese Liste geht"},
    {"the list is under emergency moderation: everything waits for a moderator",
     "Für die Liste gilt die Notmoderation: Alles wartet auf die Moderation"},
};

}  // namespace

std::span<const Sentence> reason_sentences() { return kSentences; }

}  // namespace breakwater::letters
