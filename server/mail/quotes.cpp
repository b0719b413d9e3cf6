#include "mail/quotes.h"

#include <algorithm>
#include <array>
#include <vector>

#include "mail/ascii.h"
#include "mail/utf8.h"

namespace breakwater::mail {
namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t kLongestLine = 2000;  // bytes that are looked at
constexpr std::size_t kAttributionLine = 300;

// How an attribution ends: "On Monday Ann Meyer wrote:". Lower case.
constexpr auto kWrote = std::to_array<std::string_view>({"wrote",
                                                         "writes",
                                                         "schrieb",
                                                         "geschrieben",
                                                         "a écrit",
                                                         "écrit",
                                                         "escribió",
                                                         "escribio",
                                                         "ha scritto",
                                                         "scrisse",
                                                         "escreveu",
                                                         "schreef",
                                                         "het volgende geschreven",
                                                         "skrev",
                                                         "kirjoitti",
                                                         "napisał",
                                                         "napisał(a)",
                                                         "napisała",
                                                         "pisze",
                                                         "napsal",
                                                         "napsal(a)",
                                                         "napísal",
                                                         "napisao",
                                                         "je napisal",
                                                         "írta",
                                                         "a scris",
                                                         "пишет",
                                                         "написал",
                                                         "написал(а)",
                                                         "пише",
                                                         "писал",
                                                         "έγραψε",
                                                         "yazdı",
                                                         "şunu yazdı",
                                                         "写道",
                                                         "寫道",
                                                         "书き込みました",
                                                         "のメール",
                                                         "書きました",
                                                         "님이 작성",
                                                         "작성",
                                                         "كتب",
                                                         "כתב",
                                                         "đã viết",
                                                         "menulis"});

// Those behind which the author's name may stand: "Am 14.11.2016 schrieb Ann Meyer:".
constexpr auto kWroteBefore = std::to_array<std::string_view>({" schrieb ", " schreef ", " skrev "});

// The line above a quoted mail, in the words of Outlook and its kin. Lower case, between dashes.
constexpr auto kOriginal = std::to_array<std::string_view>({"original message",
                                                            "original appointment",
                                                            "forwarded message",
                                                            "ursprüngliche nachricht",
                                                            "originalnachricht",
                                                            "message d'origine",
                                                            "message original",
                                                            "mensaje original",
                                                            "mensagem original",
                                                            "messaggio originale",
                                                            "messaggio inoltrato",
                                                            "oorspronkelijk bericht",
                                                            "originalmeddelande",
                                                            "ursprungligt meddelande",
                                                            "oprindelig meddelelse",
                                                            "opprinnelig melding",
                                                            "alkuperäinen viesti",
                                                            "oryginalna wiadomość",
                                                            "původní zpráva",
                                                            "eredeti üzenet",
                                                            "исходное сообщение",
                                                            "пересылаемое сообщение",
                                                            "orijinal ileti",
                                                            "αρχικό μήνυμα",
                                                            "原始邮件",
                                                            "原始郵件",
                                                            "元のメッセージ",
                                                            "원본 메시지",
                                                            "weitergeleitete nachricht"});

// Names of From and of Sent or Date as quoted headers have them.
constexpr auto kFrom = std::to_array<std::string_view>(
    {"from", "von", "de", "da", "van", "från", "fra", "lähettäjä", "od", "feladó", "от", "от кого", "від",
     "από", "kimden", "发件人", "寄件者", "差出人", "보낸 사람"});
constexpr auto kSent = std::to_array<std::string_view>(
    {"sent",     "date",       "gesendet",   "datum",     "envoyé",     "envoyé le", "date",
     "enviado",  "enviado el", "enviada em", "fecha",     "data",       "inviato",   "verzonden",
     "skickat",  "sendt",      "dato",       "lähetetty", "päivämäärä", "wysłano",   "wysłane",
     "odesláno", "odoslané",   "elküldve",   "дата",      "отправлено", "надіслано", "gönderildi",
     "tarih",    "发送时间",   "寄件日期",   "送信日時",  "보낸 날짜",  "στάλθηκε",  "to",
     "an",       "à",          "para",       "a",         "aan",        "till",      "til"});

// What telephones and programs put below all they send.
constexpr auto kAdvertised =
    std::to_array<std::string_view>({"sent from my ",     "sent from mail for ", "get outlook for ",
                                     "sent from yahoo",   "sent from outlook",   "von meinem ",
                                     "gesendet mit der ", "gesendet von mail",   "envoyé de mon ",
                                     "envoyé depuis ",    "enviado desde mi ",   "enviado do meu ",
                                     "inviato da ",       "verzonden vanaf ",    "verstuurd vanaf ",
                                     "skickat från min ", "sendt fra min ",      "lähetetty ",
                                     "wysłane z ",        "отправлено с ",       "iphoneから送信",
                                     "发自我的",          "나의 iphone에서"});

bool holds(const auto& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The part before a colon, in lower case; empty: there is none near.
std::string label_of(std::string_view line) {
  constexpr std::size_t kLongest = 40;
  const std::string_view head = line.substr(0, kLongest);
  const std::size_t colon = std::min(head.find(':'), head.find("："));
  if (colon == npos) return {};
  return folded(printable(trimmed(head.substr(0, colon)), kLongest * 3));
}

bool is_quoted(std::string_view line) { return line.starts_with('>') || line.starts_with("＞"); }

bool is_original_line(std::string_view line) {
  if (!line.starts_with("--") && !line.starts_with("__") && !line.starts_with("==") &&
      !line.starts_with("Begin"))
    return false;
  if (line.size() > kAttributionLine) return false;
  if (starts_nocase(line, "begin forwarded message")) return true;
  const std::string text = folded(printable(trimmed(line), kAttributionLine));
  return std::any_of(kOriginal.begin(), kOriginal.end(),
                     [&](std::string_view words) { return text.find(words) != npos; });
}

bool is_rule(std::string_view line) {  // Outlook's line above the header that it quotes
  return line.size() >= 20 && line.find_first_not_of('_') == npos;
}

bool is_attribution(std::string_view line) {
  if (line.size() > kAttributionLine) return false;
  std::string_view text = line;
  if (text.ends_with(':')) {
    text.remove_suffix(1);
  } else if (text.ends_with("：")) {
    text.remove_suffix(std::string_view("：").size());
  } else {
    return false;
  }
  const std::string words = folded(printable(trimmed(text), kAttributionLine));
  const bool dated = words.find_first_of("0123456789@") != npos;  // "what he wrote:" is no attribution
  const auto within = [&](std::string_view wrote) { return words.find(wrote) != npos; };
  if (dated && std::any_of(kWroteBefore.begin(), kWroteBefore.end(), within)) return true;
  return std::any_of(kWrote.begin(), kWrote.end(), [&](std::string_view wrote) {
    if (words == wrote) return true;
    if (!words.ends_with(wrote)) return false;
    const char before = words[words.size() - wrote.size() - 1];
    // A word of its own, or of a script that parts none.
    return dated && (before == ' ' || static_cast<unsigned char>(wrote.front()) >= 0xE0);
  });
}

class Unquoter {
 public:
  Unquoter(std::string_view text, std::size_t most) : most_(most) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      lines_.push_back(trimmed(text.substr(0, std::min(end, kLongestLine))));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  std::string run() {
    for (std::size_t at = 0; at < lines_.size(); ++at) {
      const std::string_view line = lines_[at];
      if (is_quoted(line)) continue;
      if (ends_here(at)) break;
      if (is_attribution(line)) {
        if (!quotes_follow(at)) break;
        drop_beginning_of(line);
        continue;
      }
      if (is_advertisement(line)) continue;
      keep(line);
      if (size_ > most_) break;
    }
    return text();
  }

 private:
  // A quoted mail without '>' begins, or the signature.
  bool ends_here(std::size_t at) const {
    const std::string_view line = lines_[at];
    if (line == "--" || is_original_line(line)) return true;
    if (is_rule(line)) return !kept_.empty();
    if (!holds(kFrom, label_of(line))) return false;
    int found = 0;
    for (std::size_t next = at + 1; next < lines_.size() && next <= at + 4; ++next) {
      found += holds(kSent, label_of(lines_[next])) ? 1 : 0;
    }
    return found >= 2;
  }

  bool quotes_follow(std::size_t at) const {
    std::size_t seen = 0;
    for (std::size_t next = at + 1; next < lines_.size() && seen < 3; ++next) {
      if (lines_[next].empty()) continue;
      if (is_quoted(lines_[next])) return true;
      ++seen;
    }
    return false;
  }

  // "On Mon, 14 Nov 2016, Ann Meyer <ann@example.org>" on the line above "wrote:".
  void drop_beginning_of(std::string_view line) {
    if (line.size() > 40 || kept_.empty() || kept_.back().empty()) return;
    const std::string_view above = kept_.back();
    if (above.find_first_of("0123456789@") != npos && above.size() <= kAttributionLine &&
        !above.ends_with('.')) {
      kept_.pop_back();
    }
  }

  static bool is_advertisement(std::string_view line) {
    if (line.size() > 100) return false;
    const std::string text = folded(printable(line, 300));
    return std::any_of(kAdvertised.begin(), kAdvertised.end(),
                       [&](std::string_view start) { return text.starts_with(start); });
  }

  void keep(std::string_view line) {
    if (line.empty() && (kept_.empty() || kept_.back().empty())) return;
    kept_.push_back(line);
    size_ += line.size() + 1;
  }

  std::string text() const {
    std::string out;
    for (const std::string_view line : kept_) {
      if (!out.empty()) out += '\n';
      if (out.size() >= most_) break;
      out += printable(line, most_ - out.size());
    }
    while (out.ends_with('\n')) out.pop_back();
    if (out.size() > most_) out.resize(most_);  // the last was a '\n'
    return out;
  }

  std::size_t most_;
  std::vector<std::string_view> lines_;
  std::vector<std::string_view> kept_;
  std::size_t size_ = 0;
};

}  // namespace

std::string unquoted(std::string_view text, std::size_t most) { return Unquoter(text, most).run(); }

}  // namespace breakwater::mail
