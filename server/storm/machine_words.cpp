#include "storm/machine_words.h"

#include <algorithm>
#include <array>

#include "mail/ascii.h"
#include "mail/utf8.h"
#include "storm/replies.h"
#include "storm/words.h"

namespace breakwater::storm {
namespace {

// An absence note says what it is at once: in its first lines, and not behind a long letter.
constexpr std::size_t kFirstLines = 4, kFirstBytes = 400;

// How the subject begins, before or without the subject that is answered.
const Phrases& subject_starts() {
  static const Phrases all = {
      // English
      "automatic reply*", "auto reply", "autoreply", "auto response", "automatic response", "automated reply",
      "automated response", "out of office", "out of the office", "on vacation", "on leave", "on holiday",
      "away from my mail", "vacation reply", "i am out of", "im out of", "ooo",
      // German, Dutch
      "automatische antwort*", "abwesenheit*", "abwesend", "ich bin im urlaub", "außer haus", "nicht im büro",
      "automatisch antwoord", "automatisch bericht", "afwezig*", "niet op kantoor", "out of kantoor",
      // French, Spanish, Portuguese, Catalan, Italian, Romanian
      "réponse automatique*", "message automatique", "absence du bureau", "absent du bureau",
      "absente du bureau", "respuesta automática*", "fuera de la oficina", "fuera de oficina",
      "ausencia de oficina", "resposta automática*", "resposta automàtica*", "fora do escritório", "ausência",
      "fora de l oficina", "risposta automatica*", "fuori ufficio", "assenza dall*", "răspuns automat",
      "absent din birou",
      // Swedish, Danish, Norwegian, Finnish
      "automatiskt svar", "autosvar", "frånvaro*", "automatisk svar", "fravær*", "ikke på kontoret",
      "automaattinen vastaus", "poissaolo*", "poissa toimistolta",
      // Polish, Czech, Slovak, Hungarian, Croatian, Slovene
      "odpowiedź automatyczna", "automatyczna odpowiedź", "autoodpowiedź", "poza biurem", "nieobecność",
      "automatická odpověď", "automatická odpoveď", "mimo kancelář", "mimo kancelárie", "nepřítomnost*",
      "automatikus válasz", "házon kívül", "automatski odgovor", "samodejni odgovor",
      // Russian, Ukrainian, Greek, Turkish
      "автоматический ответ*", "автоответ*", "вне офиса", "отсутствие на рабочем месте",
      "автоматична відповідь", "поза офісом", "αυτόματη απάντηση", "εκτός γραφείου", "otomatik yanıt",
      "otomatik cevap", "ofis dışında",
      // Chinese, Japanese, Korean, Arabic, Hebrew, Thai, Vietnamese, Indonesian
      "自动答复", "自动回复", "自動答覆", "自動回覆", "不在办公室", "不在辦公室", "外出中", "自動応答",
      "自動返信", "不在通知", "休暇のため", "자동 회신", "자동 응답", "자동회신", "부재중", "رد تلقائي",
      "خارج المكتب", "תשובה אוטומטית", "מענה אוטומטי", "מחוץ למשרד", "ตอบกลับอัตโนมัติ", "trả lời tự động",
      "balasan otomatis"};
  return all;
}

// What the text says of its author, language by language. clang-format would give each a line.
// clang-format off
constexpr auto kTextSigns = std::to_array<std::string_view>({
    "am out of the office", "am out of office", "im out of the office", "be out of the office",
    "be out of office", "currently out of the office", "currently out of office",
    "am currently away", "am away from the office", "am on annual leave", "am on leave",
    "am on vacation", "am on holiday", "am currently on leave", "am on maternity leave",
    "am on parental leave", "on sick leave until", "limited access to my email",
    "limited access to email", "no access to my email", "no access to email",
    "this is an automatic reply", "this is an automated reply", "this is an automated response",
    "this is an automatic response", "this is an auto reply", "this mailbox is not monitored",
    "no longer with the company", "has left the company", "bin derzeit nicht im büro",
    "bin nicht im büro", "bin zurzeit nicht im büro", "bin ich nicht im büro",
    "derzeit nicht im hause", "bin außer haus", "bin im urlaub", "befinde mich im urlaub",
    "bin abwesend", "bin ich abwesend", "derzeit abwesend", "zur zeit abwesend",
    "nicht erreichbar bis", "werden nicht weitergeleitet", "wird nicht weitergeleitet",
    "automatisch generierte", "afwezig tot", "ben afwezig", "ben ik afwezig", "niet op kantoor",
    "niet aanwezig", "ben met vakantie", "ben op vakantie", "ben met verlof", "suis absent*",
    "suis actuellement absent*", "serai absent*", "absent du bureau", "absente du bureau",
    "suis en congé*", "actuellement en congé*", "estoy fuera de la oficina",
    "estaré fuera de la oficina", "me encuentro fuera de la oficina", "estoy de vacaciones",
    "estaré ausente", "estaré de vacaciones", "estou fora do escritório",
    "estarei fora do escritório", "estou ausente", "estarei ausente", "estou de férias",
    "estarei de férias", "encontro me ausente", "sono fuori ufficio", "sarò fuori ufficio",
    "sono in ferie", "sarò in ferie", "sarò assente", "sono assente", "sunt plecat",
    "sunt în concediu", "är inte på kontoret", "är på semester", "har semester", "är ledig",
    "är tjänstledig", "er ikke på kontoret", "er på ferie", "holder ferie", "er ute av kontoret",
    "har ferie", "olen poissa", "olen lomalla", "olen vuosilomalla", "en ole toimistolla",
    "jestem poza biurem", "jestem na urlopie", "będę na urlopie", "jestem nieobecn*",
    "będę nieobecn*", "przebywam na urlopie", "jsem mimo kancelář", "jsem na dovolené",
    "nejsem v kanceláři", "som mimo kancelárie", "som na dovolenke", "nem vagyok az irodában",
    "szabadságon vagyok", "irodán kívül", "nisam u uredu", "na godišnjem odmoru", "nisem v pisarni",
    "na dopustu", "нахожусь в отпуске", "я в отпуске", "в отпуске до",
    "отсутствую на рабочем месте", "отсутствую в офисе", "меня нет в офисе",
    "перебуваю у відпустці", "я у відпустці", "απουσιάζω", "εκτός γραφείου", "είμαι σε άδεια",
    "ofis dışındayım", "izindeyim", "yıllık izinde", "我正在休假", "我休假", "我目前不在", "不在办公室", "不在辦公室",
    "外出期间", "出差中", "休假中", "不在にして", "休暇をいただ", "休暇を頂", "休暇中", "外出しており", "자리를 비", "부재중", "휴가 중", "휴가중",
    "خارج المكتب", "في إجازة", "מחוץ למשרד", "בחופשה", "ไม่อยู่ที่สำนักงาน", "ลาพักร้อน",
    "đang nghỉ phép", "vắng mặt", "sedang cuti", "di luar kantor"});
// clang-format on

const Phrases& text_signs() {
  static const Phrases all(kTextSigns);
  return all;
}

const Phrases& recall_subjects() {
  static const Phrases all = {"recall",      "message recall", "rückruf",   "rappel",    "recuperar",
                              "richiamo",    "recuperare",     "intrekken", "återkalla", "tilbagekald",
                              "tilbakekall", "wycofanie",      "odvolání",  "отзыв",     "撤回",
                              "回収",        "リコール",       "회수"};
  return all;
}

const Phrases& recall_texts() {
  static const Phrases all = {"would like to recall the message",
                              "möchte die nachricht zurückrufen",
                              "souhaite rappeler le message",
                              "desea recuperar el mensaje",
                              "deseja cancelar a mensagem",
                              "intende richiamare il messaggio",
                              "wil het bericht intrekken",
                              "vill återkalla meddelandet",
                              "хочет отозвать сообщение",
                              "希望撤回邮件",
                              "メッセージを取り消し"};
  return all;
}

const Phrases& receipt_subjects() {
  static const Phrases all = {"read",       "not read",     "gelesen",    "ungelesen gelöscht",
                              "lu",         "non lu",       "leído",      "no leído",
                              "lida",       "letto",        "gelezen",    "läst",
                              "læst",       "lest",         "luettu",     "przeczytano",
                              "přečteno",   "прочитано",    "已读",       "開封済み",
                              "accepted",   "declined",     "tentative",  "tentatively accepted",
                              "angenommen", "zugesagt",     "abgelehnt",  "mit vorbehalt",
                              "accepté",    "refusé",       "provisoire", "aceptado",
                              "rechazado",  "aceito",       "recusado",   "accettato",
                              "rifiutato",  "geaccepteerd", "geweigerd",  "accepterat",
                              "avböjt",     "accepteret",   "hyväksytty", "zaakceptowane",
                              "odrzucone",  "přijato",      "принято",    "отклонено",
                              "已接受",     "承諾",         "辞退"};
  return all;
}

std::string_view first_lines(std::string_view text) {
  std::size_t end = 0;
  for (std::size_t line = 0; line < kFirstLines && end < text.size(); ++line) {
    const std::size_t next = text.find('\n', end);
    end = next == std::string_view::npos ? text.size() : next + 1;
  }
  return text.substr(0, std::min(end, kFirstBytes));
}

// The word before the colon: "Read: Budget". A subject without one that just begins so is ordinary speech.
bool is_label(std::string_view subject, const Phrases& labels) {
  const std::size_t colon = std::min(subject.find(':'), subject.find("："));
  return colon != std::string_view::npos && labels.are(plain_words(subject.substr(0, colon)));
}

}  // namespace

std::string words_of_beginning(std::string_view own_text) { return plain_words(first_lines(own_text)); }

std::optional<std::string> words_of_absence(std::string_view subject, std::string_view beginning) {
  if (const auto marker = automatic_marker(subject); !marker.empty()) return mail::printable(marker, 60);
  for (const std::string_view each : {subject, bare_subject(subject)}) {
    const std::string words = plain_words(each);
    if (subject_starts().begin(words)) return mail::printable(mail::trimmed(words), 60);
  }
  static const Phrases notes = {"auto"};  // "AUTO: Ann Meyer is out of the office (returning 21.11.)"
  if (is_label(subject, notes)) return "AUTO:";
  if (auto found = text_signs().one_in(beginning)) return std::string(mail::trimmed(*found));
  return std::nullopt;
}

bool reads_like_recall(std::string_view subject, std::string_view beginning, bool client_recalls) {
  if (recall_texts().stand_in(beginning)) return true;
  return client_recalls && is_label(subject, recall_subjects());
}

bool reads_like_receipt(std::string_view subject) { return is_label(subject, receipt_subjects()); }

}  // namespace breakwater::storm
