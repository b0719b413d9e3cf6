// Commands in mails to list-request@: join, leave, set delivery, who, help, info, and for owners and
// moderators ban, unban, invite, add, remove; in English and German. Pure; bounded whatever comes:
// max_commands of them from max_command_text bytes of text. Who may give which about whose address is
// roles.h; whether a program wrote the mail the caller asks before (storm/machine.h).
//
//     join [ADDRESS]                     beitreten, anmelden, abonnieren, subscribe
//     leave [ADDRESS]                    austreten, abmelden, abbestellen, unsubscribe, signoff
//     set delivery MODE [for ADDRESS]    zustellung; MODE: each, digest [plain|mime], none [until DATE]
//     who                                members, wer, mitglieder
//     info                               information, auskunft
//     help                               hilfe
//     ban WHO [REASON]                   sperren
//     unban WHO                          entsperren
//     invite ADDRESS [NAME]              einladen
//     add ADDRESS [NAME]                 hinzufügen
//     remove ADDRESS                     entfernen
//     end                                stop, quit, ende: nothing below it is read
//
// The name of the list may stand behind a verb, and a person's name behind that: "subscribe tech Ann Smith"
// (command_habits.h). ADDRESS: as a mail's From may have it, one, without blanks that are none. WHO: an
// address alone, or as ban.h has it. DATE: 2026-12-31 or 31.12.2026.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lists/command_habits.h"
#include "lists/delivery_mode.h"
#include "mail/address.h"

namespace breakwater::lists {

constexpr std::size_t max_commands = 10;
constexpr std::size_t max_command_text = std::size_t{16} * 1024;  // bytes of the decoded text

enum class Verb { join, leave, set_delivery, who, info, help, ban, unban, invite, add, remove };
std::string_view name_of(Verb verb);  // the English word
// About another's membership (daemon/member_orders.h): has a `who`.
constexpr bool is_order(Verb verb) { return verb >= Verb::ban; }

struct Command {
  Verb verb = Verb::help;
  std::optional<mail::Address> about;  // nullopt: the sender's own address
  DeliveryWish delivery{};             // of set_delivery
  std::string who{};                   // of an order: a mailbox, or the key of a ban
  std::string name{};                  // of add, the person's; may be empty; as a reason
  std::string reason{};                // of ban; may be empty; one line of at most 200 bytes
  bool operator==(const Command&) const = default;
};

// Why a line was not read; each is said to the sender. The first that is no command at all ends the reading,
// since a text would else be answered line by line; so do those that are too much.
enum class Unread {
  unknown,      // no command
  bad_address,  // what stands for an address is none, or several
  bad_ban,      // what stands for whom to ban is neither an address nor a domain
  bad_mode,     // no mode of delivery
  bad_date,     // no date
  superfluous,  // something behind a command that takes nothing
  too_many,     // more than max_commands
  too_long,     // more than max_command_text; the line is empty
  other_list,   // names another list of this server
};
constexpr bool ends_reading(Unread why) {
  return why == Unread::unknown || why == Unread::too_many || why == Unread::too_long;
}
struct UnreadLine {
  Unread why = Unread::unknown;
  std::string line;  // one printable line, at most 80 bytes
  bool is_subject = false;
  std::string elsewhere{};  // of other_list: the address that takes its commands
};

struct CommandMail {
  std::vector<Command> commands;   // in their order
  std::vector<UnreadLine> unread;  // the same; at most max_commands and two more
  bool empty() const {
    return commands.empty() && unread.empty();
  }  // nothing was said: the answer is the help
};

// The subject, then the lines of the text: quoted text, signatures and what is below them left out
// (mail/own_text.h). Under a subject that is a command the text is read when it has a command too, else not
// looked at: people and mail programs write all sorts of things below a mailto link's subject. A subject that
// begins with no command's word, "Re: help" too, counts as unread only when there is no text.
// But a mail without text of its own whose subject is a command behind "Re:" is that command.
CommandMail read_commands(std::string_view message, const CommandPlace& place = {});

// What list-join@ and list-leave@ mean whatever is written to them; "subscribe" and "unsubscribe" too, which
// other list managers have. `suffix`: what stands behind the list's name and the hyphen. nullopt: neither.
std::optional<Verb> verb_of_address(std::string_view suffix);

// One line; nullopt: it is empty or an end word. Shown for tests and for what is typed elsewhere.
struct CommandLine {
  std::optional<Command> command;
  std::optional<Unread> unread;  // one of the two
  std::string elsewhere{};       // UnreadLine::elsewhere
};
std::optional<CommandLine> read_command_line(std::string_view line, const CommandPlace& place = {});

// A command as a line that is read as the same command, about the same address.
std::string line_of(const Command& command);

}  // namespace breakwater::lists
