#include "storm/leave_request.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "storm/replies.h"
#include "storm/words.h"

namespace breakwater::storm {
namespace {

// How much a person writes who wants nothing else: words, in all, and with a signature below them.
constexpr std::size_t kShort = 15, kWithSignature = 40, kSignatureLine = 8, kGreeting = 3;
constexpr std::size_t kSubjectWords = 8;

// Said of oneself: nothing else need be known of the sentence.
const Phrases& requests() {
  static const Phrases all = {
      // English
      "remove me", "remove us", "remove my name", "remove my email", "remove my address",
      "where is the unsubscribe", "take me off", "take us off", "get me off", "get me out of",
      "delete me from", "drop me from", "unsubscribe me", "unsub me", "opt me out", "want off this",
      "want to be removed", "like to be removed", "do i get off", "can i get off", "do i leave this",
      "tell me how to unsubscribe", "know how to unsubscribe", "stop sending me", "stop emailing me",
      "leave this list", "leave this group",
      // German
      "entfernt mich", "entfernen sie mich", "mich entfernen", "mich zu entfernen", "nehmt mich",
      "nehmen sie mich", "tragt mich aus", "tragen sie mich aus", "mich austragen", "trag mich aus",
      "melden sie mich ab", "meldet mich ab", "mich abmelden", "ich mich abmelden", "streichen sie mich",
      "streicht mich", "löschen sie mich", "löscht mich", "mich aus dem verteiler", "mich vom verteiler",
      "mich von der liste", "mich aus der liste", "ich mich ab", "mich hier raus",
      // French
      "retirez moi", "retirer mon", "me retirer de", "me retirer du", "enlevez moi", "m enlever", "menlever",
      "supprimez moi", "me supprimer", "désabonnez moi", "me désabonner", "désinscrivez moi",
      "me désinscrire", "ne plus recevoir", "ne plus être dans", "sortez moi",
      // Spanish, Portuguese, Italian, Catalan, Romanian
      "darme de baja", "denme de baja", "deme de baja", "dame de baja", "dadme de baja",
      "quiero darme de baja", "quítenme", "quiteme", "quítame", "quitarme", "bórrenme", "bórrame", "borrarme",
      "elimínenme", "elimíname", "eliminarme", "sáquenme", "sácame", "sacarme de", "remova me", "removam me",
      "me remova*", "me retire*", "retirem me", "retire me", "tirem me", "me tire*", "me tirem", "excluam me",
      "me exclua*", "me descadastr*", "rimuovetemi", "rimuovimi", "rimuovermi", "mi rimuova*", "cancellatemi",
      "cancellami", "cancellarmi", "toglietemi", "toglimi", "togliermi", "mi tolga", "disiscrivetemi",
      "disiscrivermi", "doneu me de baixa", "donar me de baixa", "traieu me", "scoateți mă", "mă scoateți",
      "ștergeți mă", "mă dezabon*", "dezabonați mă",
      // Dutch, Swedish, Danish, Norwegian, Finnish
      "verwijder mij", "verwijder me", "mij verwijderen", "me verwijderen", "haal mij", "haal me",
      "mij afmelden", "me afmelden", "me uitschrijven", "mij uitschrijven", "schrijf mij uit",
      "schrijf me uit", "meld mij af", "meld me af", "ta bort mig", "tag bort mig", "plocka bort mig",
      "stryk mig", "avregistrera mig", "avprenumerera mig", "avanmäl mig", "fjern mig", "fjerne mig",
      "afmeld mig", "slet mig", "meld mig fra", "meld mig af", "fjern meg", "fjerne meg", "slett meg",
      "meld meg av", "ta meg av", "poistakaa minut", "poista minut", "poistakaa minun", "minut pois",
      "poistaa minut",
      // Polish, Czech, Slovak, Hungarian, Slovene, Croatian
      "usuńcie mnie", "usuncie mnie", "usunąć mnie", "usuń mnie", "usunięcie mnie", "wypiszcie mnie",
      "wypisz mnie", "wypisać mnie", "wypisanie mnie", "mnie z tej listy", "mnie z listy", "odstraňte mě",
      "odstraňte mne", "vyřaďte mě", "vyřaďte mne", "odhlaste mě", "vymažte mě", "odstráňte ma", "vyraďte ma",
      "odhláste ma", "töröljenek", "töröljetek", "töröljön", "vegyenek le", "vegyetek le", "vegyen le",
      "leiratkoz*", "odstranite me", "izbrišite me", "odjavite me", "uklonite me", "ispišite me",
      // Russian, Ukrainian, Greek, Turkish
      "удалите меня", "уберите меня", "исключите меня", "отпишите меня", "меня удалить", "меня исключить",
      "удалите мой", "удалите, пожалуйста, меня", "видаліть мене", "відпишіть мене", "приберіть мене",
      "αφαιρέστε με", "διαγράψτε με", "βγάλτε με", "με διαγράψετε", "με αφαιρέσετε", "beni listeden",
      "beni çıkar*", "beni bu listeden", "listeden çıkar*", "aboneliğimi iptal", "üyeliğimi iptal",
      // Chinese, Japanese, Korean, Arabic, Hebrew, Vietnamese, Indonesian
      "把我移除", "将我移除", "將我移除", "把我从", "把我從", "将我从", "將我從", "请移除我", "請移除我",
      "把我删", "把我刪", "取消我的订阅", "私を外して", "外してください", "解除してください",
      "配信を停止して", "配信停止をお願い", "退会したい", "登録を解除", "削除してください", "저를 빼",
      "저를 제외", "제외해 주", "제외해주", "빼 주세요", "빼주세요", "구독 취소", "구독취소", "수신 거부",
      "수신거부", "احذفوني", "أزيلوني", "أزلني", "إزالتي من", "إلغاء اشتراكي", "הסירו אותי", "הסר אותי",
      "תסירו אותי", "להסיר אותי", "xóa tôi", "gỡ tôi", "hapus saya", "keluarkan saya"};
  return all;
}

// The deed alone. Technicians write about it as well, so nothing but small words may stand beside it.
const Phrases& deeds() {
  static const Phrases all = {"unsubscribe",
                              "unsub",
                              "unsubscribed",
                              "unsuscribe",
                              "unsubcribe",
                              "unsubscibe",
                              "opt out",
                              "signoff",
                              "abmelden",
                              "abmeldung",
                              "abbestellen",
                              "austragen",
                              "désabonner",
                              "désabonnement",
                              "désinscrire",
                              "désinscription",
                              "darse de baja",
                              "dar de baja",
                              "baja",
                              "desuscribir",
                              "desuscribirme",
                              "cancelar suscripción",
                              "cancelar la suscripción",
                              "descadastrar",
                              "cancelar inscrição",
                              "cancelar subscrição",
                              "cancelar assinatura",
                              "disiscrizione",
                              "disiscrivere",
                              "cancellazione",
                              "uitschrijven",
                              "afmelden",
                              "avregistrera",
                              "avprenumerera",
                              "avmeld",
                              "avmelding",
                              "afmeld",
                              "afmelding",
                              "peruuta tilaus",
                              "peru tilaus",
                              "wypisz",
                              "wypisać",
                              "rezygnacja",
                              "odhlásit",
                              "odhlásiť",
                              "leiratkozás",
                              "dezabonare",
                              "dezabonează",
                              "отписаться",
                              "отписка",
                              "отпишите",
                              "відписатися",
                              "διαγραφή",
                              "abonelikten çık*",
                              "退订",
                              "退訂",
                              "取消订阅",
                              "取消訂閱",
                              "配信停止",
                              "登録解除",
                              "退会",
                              "탈퇴",
                              "إلغاء الاشتراك",
                              "الغاء الاشتراك",
                              "הסרה",
                              "hủy đăng ký",
                              "berhenti berlangganan"};
  return all;
}

// What may stand beside the deed: courtesy, "I", "how", "from this list".
const Phrases& small_words() {
  static const Phrases all = {
      "please",   "pls",          "plz",      "kindly",      "me",          "my",
      "i",        "im",           "id",       "us",          "we",          "how",
      "do",       "can",          "could",    "would",       "like",        "want",
      "wish",     "need",         "to",       "from",        "of",          "this",
      "these",    "the",          "that",     "your",        "all",         "any",
      "such",     "list",         "lists",    "mailing",     "mailinglist", "distribution",
      "dl",       "group",        "email",    "emails",      "mail",        "mails",
      "thread",   "conversation", "chain",    "messages",    "newsletter",  "address",
      "name",     "and",          "now",      "immediately", "asap",        "again",
      "thanks",   "thank",        "thx",      "you",         "hi",          "hello",
      "all",      "everyone",     "it",       "where",       "there",       "a",
      "way",      "stop",         "be",       "bitte",       "mich",        "mir",
      "ich",      "wie",          "kann",     "möchte",      "will",        "von",
      "vom",      "der",          "dieser",   "diesem",      "aus",         "dem",
      "liste",    "verteiler",    "danke",    "hallo",       "newsletter",  "ab",
      "man",      "sich",         "hier",     "den",         "merci",       "svp",
      "sil",      "vous",         "plaît",    "s",           "je",          "veux",
      "voudrais", "comment",      "de",       "du",          "cette",       "ce",
      "la",       "le",           "les",      "bonjour",     "peut",        "on",
      "puis",     "mon",          "souhaite", "demande",     "ma",          "por",
      "favor",    "quiero",       "como",     "cómo",        "puedo",       "esta",
      "este",     "lista",        "correo",   "correos",     "gracias",     "hola",
      "solicito", "mi",           "desta",    "dessa",       "eu",          "quero",
      "posso",    "obrigado",     "obrigada", "olá",         "minha",       "per",
      "favore",   "voglio",       "vorrei",   "come",        "posso",       "da",
      "dalla",    "questa",       "grazie",   "ciao",        "graag",       "alstublieft",
      "aub",      "hoe",          "ik",       "wil",         "kan",         "deze",
      "lijst",    "van",          "dank",     "mij",         "hej",         "hei",
      "tack",     "tak",          "takk",     "jag",         "jeg",         "vill",
      "vil",      "hur",          "hvordan",  "från",        "fra",         "denna",
      "denne",    "listan",       "listen",   "kiitos",      "tältä",       "listalta",
      "haluan",   "miten",        "proszę",   "prosze",      "o",           "z",
      "ze",       "tej",          "listy",    "jak",         "chcę",        "dziękuję",
      "prosím",   "tohoto",       "seznamu",  "chci",        "děkuji",      "пожалуйста",
      "прошу",    "как",          "от",       "из",          "рассылки",    "этой",
      "хочу",     "спасибо",      "будь",     "ласка",       "lütfen",      "nasıl",
      "bu",       "παρακαλώ",     "από",      "την",         "λίστα",       "πώς",
      "请",       "請",           "谢谢",     "tolong",      "vui",         "lòng"};
  return all;
}

// Unknown words beside the deed: a name, a slip, an adjective.
constexpr std::size_t kMostUnknown = 1;

std::size_t unknown_words(std::string_view words) {
  std::size_t count = 0;
  for (std::size_t at = 1; at < words.size();) {
    const std::size_t end = std::min(words.find(' ', at), words.size());
    if (!small_words().are(words.substr(at, end - at))) ++count;
    at = end + 1;
  }
  return count;
}

// One sentence in plain words.
bool asks(std::string_view words) {
  constexpr std::size_t kNone = std::string_view::npos;
  if (count_words(words) > kShort) return false;
  if (const std::size_t end = requests().end_of_one_in(words); end != kNone) {
    return !words.substr(end).starts_with(" as ");  // "remove me as maintainer"
  }
  if (!deeds().stand_in(words)) return false;
  // The deed's own words are among the unknown: one, or two ("opt out"), or a run of characters.
  return unknown_words(words) <= kMostUnknown + 1;
}

bool any_sentence_asks(std::string_view text) {
  const auto all = sentences(text);
  return std::any_of(all.begin(), all.end(), [](std::string_view each) { return asks(plain_words(each)); });
}

// "Please remove me from this list", then a name, a title, a telephone number.
bool asks_above_signature(std::string_view text) {
  bool asked = false;
  for (const std::string_view line : lines(text)) {
    const std::string words = plain_words(line);
    const std::size_t count = count_words(words);
    if (!asked && any_sentence_asks(line) && count <= kShort) {
      asked = true;
    } else if (count > (asked ? kSignatureLine : kGreeting)) {
      return false;
    }
  }
  return asked;
}

}  // namespace

bool asks_to_leave(const Facts& facts) {
  const std::size_t count = count_words(plain_words(facts.body));
  if (count > kWithSignature) return false;
  const std::string_view subject = bare_subject(facts.subject);
  // As a subject it was the first sender's, when this is a reply.
  if (count <= kShort && !is_reply(facts)) {
    const std::string words = plain_words(subject);
    if (count_words(words) <= kSubjectWords && asks(words)) return true;
  }
  if (count <= kShort) return any_sentence_asks(facts.body);
  return asks_above_signature(facts.body);
}

}  // namespace breakwater::storm
