#include "lists/command_mail.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "lists/ban.h"
#include "mail/ascii.h"
#include "mail/blanks.h"
#include "mail/encoded_word.h"
#include "mail/header_block.h"
#include "mail/message.h"
#include "mail/own_text.h"
#include "mail/utf8.h"

namespace breakwater::lists {
namespace {

constexpr std::size_t kMaxLine = 1000;  // bytes; no command with an address is as long
constexpr std::size_t kMaxSubject = 1000;
constexpr std::size_t kShown = 80;
constexpr std::size_t kMaxReason = 200;

using Word = std::pair<std::string_view, Verb>;
constexpr auto kVerbs = std::to_array<Word>({
    {"join", Verb::join},
    {"subscribe", Verb::join},
    {"sub", Verb::join},
    {"beitreten", Verb::join},
    {"anmelden", Verb::join},
    {"abonnieren", Verb::join},
    {"eintragen", Verb::join},
    {"leave", Verb::leave},
    {"unsubscribe", Verb::leave},
    {"unsub", Verb::leave},
    {"signoff", Verb::leave},
    {"austreten", Verb::leave},
    {"abmelden", Verb::leave},
    {"abbestellen", Verb::leave},
    {"austragen", Verb::leave},
    {"set", Verb::set_delivery},
    {"delivery", Verb::set_delivery},
    {"zustellung", Verb::set_delivery},
    {"who", Verb::who},
    {"members", Verb::who},
    {"wer", Verb::who},
    {"mitglieder", Verb::who},
    {"info", Verb::info},
    {"information", Verb::info},
    {"infos", Verb::info},
    {"auskunft", Verb::info},
    {"help", Verb::help},
    {"hilfe", Verb::help},
    {"ban", Verb::ban},
    {"sperren", Verb::ban},
    {"unban", Verb::unban},
    {"entsperren", Verb::unban},
    {"invite", Verb::invite},
    {"einladen", Verb::invite},
    {"add", Verb::add},
    {"hinzufügen", Verb::add},
    {"hinzufuegen", Verb::add},
    {"remove", Verb::remove},
    {"entfernen", Verb::remove},
});
constexpr auto kEnds = std::to_array<std::string_view>({"end", "stop", "quit", "ende", "stopp", "schluss"});

using Mode = std::pair<std::string_view, DeliveryMode>;
constexpr auto kModes = std::to_array<Mode>({
    {"each", DeliveryMode::each},
    {"all", DeliveryMode::each},
    {"mail", DeliveryMode::each},
    {"on", DeliveryMode::each},
    {"einzeln", DeliveryMode::each},
    {"alle", DeliveryMode::each},
    {"an", DeliveryMode::each},
    {"digest", DeliveryMode::digest},
    {"sammelmail", DeliveryMode::digest},
    {"none", DeliveryMode::none},
    {"nomail", DeliveryMode::none},
    {"off", DeliveryMode::none},
    {"keine", DeliveryMode::none},
    {"aus", DeliveryMode::none},
    {"pause", DeliveryMode::none},
});

template <class Words>
auto found(const Words& words, std::string_view word) {
  return std::find_if(words.begin(), words.end(),
                      [&](const auto& known) { return mail::equals_nocase(known.first, word); });
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view known) { return mail::equals_nocase(known, word); });
}

// The first word goes from `text`, with the blanks around it.
std::string_view take_word(std::string_view& text) {
  text = mail::trimmed(text);
  const std::string_view word = text.substr(0, text.find_first_of(" \t"));
  text = mail::trimmed(text.substr(word.size()));
  return word;
}

// The next word, if it is one of these, goes from `text`.
bool take_if(std::string_view& text, std::initializer_list<std::string_view> words) {
  std::string_view rest = text;
  if (!is_one_of(take_word(rest), words)) return false;
  text = rest;
  return true;
}

// "2026-12-31" or "31.12.2026": the beginning of that day, UTC.
std::optional<Instant> read_date(std::string_view text) {
  std::array<unsigned, 3> numbers{};
  std::array<std::size_t, 3> digits{};
  const char mark = text.find('.') != std::string_view::npos ? '.' : '-';
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t part = 0; part < numbers.size(); ++part) {
    if (part > 0 && (at == end || *at++ != mark)) return std::nullopt;
    const auto read = std::from_chars(at, end, numbers[part]);
    if (read.ec != std::errc()) return std::nullopt;
    digits[part] = static_cast<std::size_t>(read.ptr - at);
    at = read.ptr;
  }
  if (at != end) return std::nullopt;
  if (mark == '.') {
    std::swap(numbers[0], numbers[2]);
    std::swap(digits[0], digits[2]);
  }
  // Four digits: which century "31.12.26" means is not guessed.
  if (digits[0] != 4 || digits[1] > 2 || digits[2] > 2) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(numbers[0])),
                                         std::chrono::month(numbers[1]), std::chrono::day(numbers[2])};
  if (!date.ok()) return std::nullopt;
  return Instant{std::chrono::sys_days(date)};
}

// Some programs write a link behind what they take for one: "join ann@x.example <mailto:ann@x.example>".
std::string_view without_link(std::string_view text) {
  const auto link = text.find("<mailto:");
  if (link == std::string_view::npos || !text.ends_with('>')) return text;
  if (link > 0) return mail::trimmed(text.substr(0, link));
  return text.substr(8, text.size() - 9);
}

// It was there (mail/blanks.h), or bytes that are no UTF-8 were.
bool has_control(std::string_view text) { return text.find("\xEF\xBF\xBD") != std::string_view::npos; }

std::optional<mail::NamedAddress> read_named(std::string_view text) {
  text = without_link(mail::trimmed(text));
  if (has_control(text)) return std::nullopt;
  if (mail::starts_nocase(text, "mailto:")) text.remove_prefix(7);
  if (mail::starts_nocase(text, "address=")) text.remove_prefix(8);  // Mailman 2's
  auto list = mail::parse_address_list(text);
  if (!list || list->size() != 1) return std::nullopt;
  return std::move(list->front());
}

std::optional<mail::Address> read_address(std::string_view text) {
  auto named = read_named(text);
  return named ? std::optional(std::move(named->address)) : std::nullopt;
}

CommandLine refused(Unread why) { return {std::nullopt, why, {}}; }

CommandLine about_somebody(Command command, std::string_view rest) {
  if (rest.empty()) return {std::move(command), std::nullopt, {}};
  command.about = read_address(rest);
  return command.about ? CommandLine{std::move(command), std::nullopt, {}} : refused(Unread::bad_address);
}

CommandLine read_delivery(std::string_view rest) {
  take_if(rest, {"delivery", "zustellung"});
  const auto mode = found(kModes, take_word(rest));
  if (mode == kModes.end()) return refused(Unread::bad_mode);
  Command command{Verb::set_delivery, std::nullopt, {mode->second, std::nullopt, std::nullopt}};
  DeliveryWish& wish = command.delivery;
  if (wish.mode == DeliveryMode::digest) {
    if (take_if(rest, {"plain", "text"}))
      wish.form = DigestForm::plain;
    else if (take_if(rest, {"mime"}))
      wish.form = DigestForm::mime;
  }
  if (wish.mode == DeliveryMode::none && take_if(rest, {"until", "till", "bis"})) {
    wish.until = read_date(take_word(rest));
    if (!wish.until) return refused(Unread::bad_date);
  }
  if (rest.empty()) return {std::move(command), std::nullopt, {}};
  if (!take_if(rest, {"for", "für", "fuer"})) return refused(Unread::bad_mode);
  if (rest.empty()) return refused(Unread::bad_address);
  return about_somebody(std::move(command), rest);
}

// Without the full stop or exclamation mark of somebody who writes sentences; an address needs neither.
std::string_view without_stop(std::string_view line) {
  line = mail::trimmed(line);
  while (line.ends_with('.') || line.ends_with('!')) line = mail::trimmed(line.substr(0, line.size() - 1));
  return line;
}

// "@evil.example they only advertise": of a ban what stands for whom is one word.
CommandLine read_ban(Verb verb, std::string_view rest) {
  std::string_view who = take_word(rest);
  if (who.starts_with('<') && who.ends_with('>')) who = who.substr(1, who.size() - 2);
  auto key = parse_ban(who);
  if (!key || key->find(' ') != std::string::npos || has_control(who)) return refused(Unread::bad_ban);
  if (verb == Verb::unban && !rest.empty()) return refused(Unread::superfluous);
  Command command;
  command.verb = verb;
  command.who = std::move(*key);
  const std::string reason = mail::printable(rest, kMaxReason);
  command.reason = without_stop(reason);
  return {std::move(command), std::nullopt, {}};
}

// "Ann Lee <ann@example.org>", or the other way about: "ann@example.org Ann Lee".
std::optional<mail::NamedAddress> read_person(std::string_view text) {
  if (has_control(text)) return std::nullopt;
  auto named = read_named(text);
  if (!named) {
    std::string_view name = text;
    const std::string_view word = take_word(name);
    if (word.ends_with(',') || word.ends_with(';') || name.find('@') != std::string_view::npos)
      return std::nullopt;
    named = read_named(word);
    if (named) named->name = name;
  }
  if (named) {
    const std::string name = mail::printable(named->name, kMaxReason);
    named->name = without_stop(name);
  }
  return named;
}

CommandLine read_order(Verb verb, std::string_view rest) {
  if (verb == Verb::ban || verb == Verb::unban) return read_ban(verb, rest);
  auto person = read_person(rest);
  if (!person) return refused(Unread::bad_address);
  const std::string& mailbox = person->address.mailbox;
  // As line_of shows it: "<address=ann@example.org>" is not.
  const auto again = read_address(mailbox);
  if (!again || *again != person->address) return refused(Unread::bad_address);
  Command command;
  command.verb = verb;
  command.who = mailbox;
  const auto kept = read_person(mailbox + " " + person->name);
  const bool same = kept && kept->address == person->address && kept->name == person->name;
  if (verb == Verb::add && same) command.name = std::move(person->name);
  return {std::move(command), std::nullopt, {}};
}

// The word that names a list goes from `rest`, where it is the command's own.
Named take_list(Verb verb, std::string_view& rest, const CommandPlace& place) {
  std::string_view behind = rest;
  if (verb == Verb::set_delivery) take_if(behind, {"delivery", "zustellung"});
  const std::string_view word = take_word(behind);
  if (is_order(verb) || (verb == Verb::set_delivery && found(kModes, word) != kModes.end())) return {};
  Named named = list_named(word, place);
  if (named.own) rest = behind;
  return named;
}

// The subject behind "Re:", where that is a command.
std::optional<CommandLine> read_behind_mark(std::string_view subject, const CommandPlace& place) {
  const mail::BaseSubject base = mail::base_subject(subject);
  auto read = base.marked ? read_command_line(base.text, place) : std::nullopt;
  return read && read->command ? read : std::nullopt;
}

std::string subject_of(const mail::HeaderBlock& block) {
  const mail::Field* const found = block.find("Subject");
  if (found == nullptr) return {};
  mail::Field field = *found;
  field.body = field.body.substr(0, kMaxSubject);
  const std::string text = mail::plain_blanks(mail::decode_text(field.unfolded()));
  return std::string(mail::trimmed(mail::printable(text, kMaxSubject)));
}

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return line;
}

bool is_end(std::string_view line) {
  const std::string_view word = without_stop(line);
  return std::any_of(kEnds.begin(), kEnds.end(),
                     [&](std::string_view known) { return mail::equals_nocase(known, word); });
}

// "2026-12-31", as read_date() has it.
std::string date_text(Instant day) {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(day));
  const auto padded = [](unsigned number) { return (number < 10 ? "-0" : "-") + std::to_string(number); };
  std::string year = std::to_string(static_cast<int>(date.year()));
  year.insert(0, 4 - std::min<std::size_t>(4, year.size()), '0');
  return year + padded(static_cast<unsigned>(date.month())) + padded(static_cast<unsigned>(date.day()));
}

// A line as it was read; `false`: nothing below it is.
bool take(CommandMail& mail, const CommandLine& read, std::string_view line, bool is_subject) {
  const bool full = mail.commands.size() + mail.unread.size() >= max_commands;
  const bool ends = read.unread && ends_reading(*read.unread);
  const auto why = full && !ends ? std::optional(Unread::too_many) : read.unread;
  if (why) {
    mail.unread.push_back({*why, mail::printable(mail::trimmed(line), kShown), is_subject, {}});
    if (why == Unread::other_list) mail.unread.back().elsewhere = read.elsewhere;
  } else {
    mail.commands.push_back(*read.command);
  }
  return !why || !ends_reading(*why);
}

// Whether something said what comes below is not read.
bool read_lines(CommandMail& mail, std::string_view text, const CommandPlace& place) {
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (is_end(line)) return true;
    const auto read = read_command_line(line, place);
    if (read && !take(mail, *read, line, false)) return true;
  }
  return false;
}

// Or what was meant to be one: it names an address.
bool has_command(std::string_view text, const CommandPlace& place) {
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (is_end(line)) return false;
    const auto read = read_command_line(line, place);
    if (read && read->command) return true;
    if (read && !ends_reading(*read->unread) && line.find('@') != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

std::string_view name_of(Verb verb) {
  switch (verb) {
    case Verb::join: return "join";
    case Verb::leave: return "leave";
    case Verb::set_delivery: return "set delivery";
    case Verb::who: return "who";
    case Verb::info: return "info";
    case Verb::help: return "help";
    case Verb::ban: return "ban";
    case Verb::unban: return "unban";
    case Verb::invite: return "invite";
    case Verb::add: return "add";
    case Verb::remove: return "remove";
  }
  return "unknown";
}

std::optional<Verb> verb_of_address(std::string_view suffix) {
  if (is_one_of(suffix, {"join", "subscribe"})) return Verb::join;
  if (is_one_of(suffix, {"leave", "unsubscribe"})) return Verb::leave;
  return std::nullopt;
}

std::optional<CommandLine> read_command_line(std::string_view line, const CommandPlace& place) {
  std::string_view rest = without_stop(line);
  if (rest.empty() || is_end(rest)) return std::nullopt;
  if (rest.size() > kMaxLine) return refused(Unread::unknown);
  const auto verb = found(kVerbs, take_word(rest));
  if (verb == kVerbs.end()) return refused(Unread::unknown);
  const Named named = take_list(verb->second, rest, place);
  if (!named.elsewhere.empty()) return CommandLine{std::nullopt, Unread::other_list, named.elsewhere};
  switch (verb->second) {
    case Verb::join:
    case Verb::leave:
      // Behind the list LISTSERV has a person's name.
      if (named.own && rest.find('@') == std::string_view::npos) rest = {};
      return about_somebody({verb->second, std::nullopt, {}}, rest);
    case Verb::set_delivery: return read_delivery(rest);
    case Verb::who:
    case Verb::info:
    case Verb::help: break;
    case Verb::ban:
    case Verb::unban:
    case Verb::invite:
    case Verb::add:
    case Verb::remove: return read_order(verb->second, rest);
  }
  if (!rest.empty()) return refused(Unread::superfluous);
  return CommandLine{Command{verb->second, std::nullopt, {}}, std::nullopt, {}};
}

std::string line_of(const Command& command) {
  std::string line(name_of(command.verb));
  if (command.verb == Verb::set_delivery) {
    const DeliveryWish& wish = command.delivery;
    line += wish.mode == DeliveryMode::each     ? " each"
            : wish.mode == DeliveryMode::digest ? " digest"
                                                : " none";
    if (wish.form) line += *wish.form == DigestForm::plain ? " plain" : " mime";
    if (wish.until) line += " until " + date_text(*wish.until);
    if (command.about) line += " for";
  }
  if (command.about) line += " " + command.about->mailbox;
  if (!command.who.empty()) line += " " + command.who;
  if (!command.name.empty()) line += " " + command.name;
  if (!command.reason.empty()) line += " " + command.reason;
  return line;
}

CommandMail read_commands(std::string_view message, const CommandPlace& place) {
  CommandMail mail;
  const std::string subject = subject_of(mail::HeaderBlock::parse(message));
  const auto in_subject = read_command_line(subject, place);
  const bool is_command = in_subject && in_subject->command;
  if (in_subject && (is_command || !ends_reading(*in_subject->unread)))
    take(mail, *in_subject, subject, true);
  const auto text = mail::own_lines(message, max_command_text);
  if (is_command && !has_command(text.text, place)) return mail;
  const bool ended = read_lines(mail, text.text, place);
  if (!ended && text.cut) mail.unread.push_back({Unread::too_long, "", false});
  if (!mail.empty() || !in_subject) return mail;
  const auto marked = read_behind_mark(subject, place);
  take(mail, marked ? *marked : *in_subject, subject, true);
  return mail;
}

}  // namespace breakwater::lists
