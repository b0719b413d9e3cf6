#include "storm/replies.h"

#include "mail/ascii.h"
#include "mail/utf8.h"
#include "storm/words.h"

namespace breakwater::storm {
namespace {

constexpr std::size_t kLongestMarker = 60;  // bytes, with its colon
constexpr std::size_t kLongestTag = 60;
constexpr int kMostMarkers = 20;

// Not "R:" and "I:" (Italian), "Ref:" and the like: fresh subjects begin so too, and their clients send
// threading headers.
const Phrases& reply_markers() {
  static const Phrases all = {"re",    "aw",   "sv",   "vs",   "antw",   "antwort", "res",  "rif",
                              "odp",   "ynt",  "bls",  "ats",  "ang",    "atb",     "vá",   "rép",
                              "ответ", "отв",  "απ",   "回复", "回覆",   "答复",    "答覆", "返信",
                              "回信",  "답장", "회신", "σχετ", "ตอบกลับ", "رد",      "השב"};
  return all;
}

const Phrases& forward_markers() {
  static const Phrases all = {"fwd", "fw", "wg",   "tr",   "rv",   "enc",  "pd",   "ilt",        "doorst",
                              "vl",  "vb", "転送", "转发", "轉寄", "轉發", "전달", "továbbítás", "πρθ"};
  return all;
}

// What programs put before the subject that they answer.
const Phrases& automatic_markers() {
  static const Phrases all = {"automatic reply*",
                              "auto reply*",
                              "autoreply*",
                              "automatische antwort*",
                              "réponse automatique*",
                              "respuesta automática*",
                              "risposta automatica*",
                              "resposta automática*",
                              "automatisch antwoord",
                              "automatiskt svar",
                              "autosvar",
                              "automatisk svar",
                              "automaattinen vastaus",
                              "odpowiedź automatyczna",
                              "autoodpowiedź",
                              "automatická odpověď",
                              "automatikus válasz",
                              "răspuns automat",
                              "otomatik yanıt",
                              "автоматический ответ",
                              "автоответ*",
                              "автоматична відповідь",
                              "αυτόματη απάντηση",
                              "自动答复",
                              "自動答覆",
                              "自動回覆",
                              "自动回复",
                              "自動応答",
                              "自動返信",
                              "자동 회신",
                              "자동 응답",
                              "תשובה אוטומטית",
                              "رد تلقائي",
                              "out of office",
                              "abwesenheitsnotiz"};
  return all;
}

enum class Marker { none, reply, forward, automatic };
struct Found {
  Marker marker = Marker::none;
  std::size_t size = 0;  // with the colon
};

// "Re:", "RE[2] :", "回复："; a whole word or phrase and nothing else before the colon.
Found marker_of(std::string_view text) {
  const std::string_view head = text.substr(0, kLongestMarker);
  const std::size_t plain = head.find(':'), wide = head.find("：");
  const std::size_t colon = std::min(plain, wide);
  if (colon == std::string_view::npos) return {};
  const std::size_t size = colon + (colon == wide ? std::string_view("：").size() : 1);
  std::string_view name = mail::trimmed(head.substr(0, colon));
  // How many replies there were before: "Re[2]:", "Re^3:", "Re(4):", "Re5:".
  const std::size_t last = name.find_last_not_of("0123456789[]()^ ");
  name = name.substr(0, last == std::string_view::npos ? 0 : last + 1);
  const std::string words = plain_words(name);
  if (reply_markers().are(words)) return {Marker::reply, size};
  if (forward_markers().are(words)) return {Marker::forward, size};
  if (automatic_markers().begin(words)) return {Marker::automatic, size};
  return {};
}

struct Lead {
  std::string_view rest;
  std::string_view automatic;
  bool reply = false;
};

Lead lead_of(std::string_view subject) {
  Lead lead{mail::trimmed(subject), {}};
  for (int round = 0; round < kMostMarkers; ++round) {
    if (lead.rest.starts_with('[')) {
      const std::size_t end = lead.rest.substr(0, kLongestTag).find(']');
      if (end == std::string_view::npos || end + 1 == lead.rest.size()) return lead;
      lead.rest = mail::trimmed(lead.rest.substr(end + 1));
      continue;
    }
    const Found found = marker_of(lead.rest);
    if (found.marker == Marker::none) return lead;
    lead.reply = lead.reply || found.marker != Marker::forward;
    if (found.marker == Marker::automatic) lead.automatic = mail::trimmed(lead.rest.substr(0, found.size));
    lead.rest = mail::trimmed(lead.rest.substr(found.size));
  }
  return lead;
}

}  // namespace

bool is_reply(const Facts& facts) {
  return !facts.in_reply_to.empty() || !facts.references.empty() || lead_of(facts.subject).reply;
}

std::string_view bare_subject(std::string_view subject) { return lead_of(subject).rest; }

std::string_view automatic_marker(std::string_view subject) { return lead_of(subject).automatic; }

}  // namespace breakwater::storm
