#include "letters/reasons.h"

namespace breakwater::letters {
namespace {

// What lists::line_of() writes. What begins alike stands with the longer one first.
constexpr Sentence kSentences[] = {
    {"set delivery none until {y1} for {a2}", "zustellung keine bis {1} für {2}"},
    {"set delivery none until {y1}", "zustellung keine bis {1}"},
    {"set delivery none for {a1}", "zustellung keine für {1}"},
    {"set delivery none", "zustellung keine"},
    {"set delivery each for {a1}", "zustellung einzeln für {1}"},
    {"set delivery each", "zustellung einzeln"},
    {"set delivery digest plain for {a1}", "zustellung sammelmail text für {1}"},
    {"set delivery digest plain", "zustellung sammelmail text"},
    {"set delivery digest mime for {a1}", "zustellung sammelmail mime für {1}"},
    {"set delivery digest mime", "zustellung sammelmail mime"},
    {"set delivery digest for {a1}", "zustellung sammelmail für {1}"},
    {"set delivery digest", "zustellung sammelmail"},
    {"join {s1}", "anmelden {1}"},
    {"join", "anmelden"},
    {"leave {s1}", "abmelden {1}"},
    {"leave", "abmelden"},
    {"who", "mitglieder"},
    {"info", "info"},
    {"help", "hilfe"},
    {"ban {s1}", "sperren {1}"},
    {"unban {s1}", "entsperren {1}"},
    {"invite {s1}", "einladen {1}"},
    {"add {s1}", "hinzufügen {1}"},
    {"remove {s1}", "entfernen {1}"},
};

}  // namespace

std::span<const Sentence> command_sentences() { return kSentences; }

}  // namespace breakwater::letters
