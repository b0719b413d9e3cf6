#include "web/leave_page.h"

#include <algorithm>
#include <charconv>

#include "mail/ascii.h"

namespace breakwater::web {
namespace {

// {list} and {member} are filled in; the words are ours and hold no other mark.
struct Words {
  std::string_view language, title, ask, through, button, left, gone, left_how, closed_how, unwanted, unknown,
      trouble;
  std::string_view which, address, send, no_address, asked;
};

constexpr Words kEnglish = {
    "en",
    "Leave {list}",
    "Do you want {member} to leave the list {list}? It will get no more mail from this list.",
    "The mail of this list reaches you through these lists, which you leave too:",
    "Leave the list",
    "You have left the list {list}: nothing more of it goes to {member}. Mail that is already on its way may "
    "still arrive.",
    "{member} is not on the list {list} (any more). Mail that is already on its way may still arrive.",
    "To come back, write to {join}.",
    "To come back, write to the owners of the list, {owner}.",
    "Nothing has been changed: what was sent here is no wish to leave the list.",
    "This link is not valid. It may have been cut off: use the whole link of the message, or leave by mail.",
    "The server cannot do that now, and nothing has been changed. Please try again in a few minutes.",
    "To leave the list {list}, type the address at which you get its mail. A mail is sent there; who answers "
    "it has left.",
    "Your address",
    "Send the mail",
    "That is no address. Nothing has been sent.",
    "If this address is on the list {list}, a mail is on its way to it: open the link in it and send the "
    "mail "
    "that it opens, and you have left. If one came before and is not answered yet, use its link: no other is "
    "sent.",
};
constexpr Words kGerman = {
    "de",
    "{list} verlassen",
    "Soll {member} die Liste {list} verlassen? Dorthin kommt dann keine Mail dieser Liste mehr.",
    "Die Mail dieser Liste erreicht Sie über diese Listen, die Sie damit auch verlassen:",
    "Liste verlassen",
    "Sie haben die Liste {list} verlassen: An {member} geht nichts mehr von ihr. Was schon unterwegs ist, "
    "kann "
    "noch ankommen.",
    "{member} steht nicht (mehr) auf der Liste {list}. Mail, die schon unterwegs ist, kann noch ankommen.",
    "Um zurückzukommen, schreiben Sie an {join}.",
    "Um zurückzukommen, schreiben Sie an die Verwaltung der Liste, {owner}.",
    "Es wurde nichts geändert: Was hier ankam, ist kein Wunsch, die Liste zu verlassen.",
    "Dieser Link ist ungültig. Vielleicht wurde er abgeschnitten: Nehmen Sie den ganzen Link der Nachricht, "
    "oder verlassen Sie die Liste per Mail.",
    "Der Server kann das gerade nicht tun; es wurde nichts geändert. Bitte versuchen Sie es in einigen "
    "Minuten noch einmal.",
    "Um die Liste {list} zu verlassen, geben Sie die Adresse ein, an der Sie die Nachrichten der Liste "
    "bekommen. Dorthin geht eine E-Mail; wer sie beantwortet, hat die Liste verlassen.",
    "Ihre Adresse",
    "E-Mail senden",
    "Das ist keine Adresse. Es wurde nichts gesendet.",
    "Wenn diese Adresse auf der Liste {list} steht, ist eine E-Mail an sie unterwegs: Öffnen Sie den Link "
    "darin, und senden Sie die neue E-Mail ab; dann haben Sie die Liste verlassen. Wenn schon früher eine "
    "kam, "
    "die noch nicht beantwortet ist, nehmen Sie deren Link: Es wird keine weitere gesendet.",
};

// RFC 8058 3.1 has the pair; the form sends the same, so that there is one way to leave.
constexpr std::string_view kForm = R"(<form method="post">
<input type="hidden" name="List-Unsubscribe" value="One-Click">
<button type="submit" id="leave">)";

constexpr std::string_view kStyle =
    "body{font:1.1rem/1.5 sans-serif;max-width:38rem;margin:2rem auto;padding:0 1rem}"
    "button,input{font:inherit;padding:.6rem 1.2rem;max-width:100%;box-sizing:border-box}";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

// Who comes back to "tech@lists.example" writes to "tech-join@lists.example".
std::string sub_address(std::string_view list, std::string_view suffix) {
  const std::size_t at = std::min(list.rfind('@'), list.size());
  return std::string(list.substr(0, at)) + "-" + std::string(suffix) + std::string(list.substr(at));
}

std::string filled(std::string_view words, const LeavePage& page) {
  std::string out;
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t open = std::min(words.find('{', at), words.size());
    out += words.substr(at, open - at);
    if (open == words.size()) break;
    const std::size_t close = words.find('}', open);
    const std::string_view name = words.substr(open + 1, close - open - 1);
    out += escaped(name == "list"                      ? page.list
                   : name == "join" || name == "owner" ? sub_address(page.list, name)
                                                       : page.member);
    at = close + 1;
  }
  return out;
}

std::string paragraph(std::string_view words, const LeavePage& page) {
  return "<p>" + filled(words, page) + "</p>\n";
}

std::string question(const Words& words, const LeavePage& page) {
  std::string out = paragraph(words.ask, page);
  if (!page.through.empty()) {
    out += paragraph(words.through, page) + "<ul>\n";
    for (const std::string& list : page.through) out += "<li>" + escaped(list) + "</li>\n";
    out += "</ul>\n";
  }
  return out.append(kForm).append(words.button).append("</button>\n</form>\n");
}

std::string field(const Words& words, const LeavePage& page) {
  std::string out = paragraph(words.which, page);
  out.append("<form method=\"post\">\n<p><label for=\"address\">").append(words.address);
  out.append("</label><br>\n<input type=\"email\" name=\"address\" id=\"address\" required");
  out.append(" maxlength=\"254\" autocomplete=\"email\"></p>\n<button type=\"submit\" id=\"leave\">");
  return out.append(words.send).append("</button>\n</form>\n");
}

std::string body_of(const Words& words, const LeavePage& page) {
  switch (page.state) {
    case LeaveState::ask: return question(words, page);
    case LeaveState::left:
    case LeaveState::gone:
      return paragraph(page.state == LeaveState::left ? words.left : words.gone, page) +
             paragraph(page.closed ? words.closed_how : words.left_how, page);
    case LeaveState::unwanted: return paragraph(words.unwanted, page) + question(words, page);
    case LeaveState::which: return field(words, page);
    case LeaveState::no_address: return paragraph(words.no_address, page) + field(words, page);
    case LeaveState::asked: return paragraph(words.asked, page);
    case LeaveState::unknown: return paragraph(words.unknown, page);
    case LeaveState::trouble: break;
  }
  return paragraph(words.trouble, page);
}

}  // namespace

std::string leave_page(const LeavePage& page) {
  const Words& words = page.language == kGerman.language ? kGerman : kEnglish;
  const std::string title = page.list.empty() ? std::string("Breakwater") : filled(words.title, page);
  std::string out = "<!DOCTYPE html>\n<html lang=\"" + std::string(words.language) + "\">\n<head>\n";
  out += "<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n";
  out += "<meta name=\"robots\" content=\"noindex\">\n<title>" + title + "</title>\n";
  out.append("<style>").append(kStyle).append("</style>\n</head>\n<body>\n<main>\n<h1>");
  return out + title + "</h1>\n" + body_of(words, page) + "</main>\n</body>\n</html>\n";
}

std::string masked(std::string_view mailbox) {
  const std::size_t at = std::min(mailbox.rfind('@'), mailbox.size());
  std::size_t shown = std::min<std::size_t>(at, 1);
  while (shown < at && (static_cast<unsigned char>(mailbox[shown]) & 0xC0) == 0x80) ++shown;
  return std::string(mailbox.substr(0, shown)) + "••" + std::string(mailbox.substr(at));
}

bool asks_to_leave(std::string_view content_type, std::string_view body) {
  constexpr std::string_view kParts = "multipart/form-data", kPair = "List-Unsubscribe=One-Click";
  if (mail::equals_nocase(content_type.substr(0, kParts.size()), kParts)) {
    return body.find("name=\"List-Unsubscribe\"") != std::string_view::npos &&
           body.find("\r\n\r\nOne-Click\r\n") != std::string_view::npos;
  }
  for (std::size_t at = 0; at <= body.size();) {
    const std::size_t end = std::min(body.find_first_of("&\r\n", at), body.size());
    if (body.substr(at, end - at) == kPair) return true;
    at = end + 1;
  }
  return false;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned value = 0;
    const char* const digits = text.data() + at + 1;
    const bool triplet = text[at] == '%' && text.size() - at > 2 &&
                         std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2;
    out += triplet ? static_cast<char>(value) : text[at];
    at += triplet ? 2 : 0;
  }
  return out;
}

std::string typed_address(std::string_view body) {
  constexpr std::string_view kName = "address=";
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = std::min(body.find('&', at), body.size());
    const std::string_view pair = body.substr(at, end - at);
    at = end + 1;
    if (!pair.starts_with(kName)) continue;
    std::string value(pair.substr(kName.size()));
    std::replace(value.begin(), value.end(), '+', ' ');  // of a form; a + of the address is %2B
    return percent_decoded(value);
  }
  return {};
}

}  // namespace breakwater::web
