#include <algorithm>
#include <chrono>
#include <utility>

#include "letters/letter.h"
#include "letters/text.h"
#include "terms/invariant.h"

namespace breakwater::letters {
namespace {

constexpr const char* kCommands = "all-request+3k7q2zj5mixbr2v6t4wzyub6c3@lists.example";
const Instant kSampleTime = from_ms(1'795'363'270'000);

Values row(std::initializer_list<std::pair<const std::string, Value>> values) { return {values}; }

std::vector<Variable> joined(std::initializer_list<std::vector<Variable>> groups) {
  std::vector<Variable> all;
  for (const auto& group : groups) all.insert(all.end(), group.begin(), group.end());
  return all;
}

Variable list_address() { return {"list_address", Kind::address, "the list", "all@lists.example"}; }

Variable request_address() {
  return {"request_address", Kind::address, "where commands go, to be read by the server",
          "all-request@lists.example"};
}

Variable owner_address() {
  return {"owner_address", Kind::address, "the list's owners", "all-owner@lists.example"};
}

// For who answers for the list: to them its owners are they themselves.
Variable administrator_address() {
  return {"administrator_address", Kind::address, "whoever runs the server", "postmaster@lists.example"};
}

Variable reason() {
  return {"reason", Kind::passage, "why; as `breakwater why` shows it, in German letters in German",
          "a message to more than 10,000 people waits for a moderator"};
}

// The posting that a letter is about.
std::vector<Variable> posting() {
  return {{"subject", Kind::line, "of the message; empty where it has none", "Re: test"},
          {"excerpt",
           Kind::rows,
           "the first lines of what its author wrote, five at most",
           Rows{row({{"line", "Please take me off this list!"}}), row({{"line", "Bob"}})},
           false,
           {{"line", Kind::line, "one of them", "Please take me off this list!"}}}};
}

std::vector<Variable> posting_of_another() {
  return joined({{{"author", Kind::line, "who wrote the message", "bob@example.org"},
                  {"posting", Kind::address, "its id, for `breakwater why`", "01K9XZQ4T2M7A"}},
                 posting()});
}

std::vector<Variable> audience() {
  return {{"recipients", Kind::number, "how many people it would reach", 850'000},
          {"domains", Kind::number, "in how many domains; empty where nobody counted", 212},
          {"digest_readers", Kind::number, "how many more would read it in a digest; empty: none", 3'500},
          {"nested",
           Kind::rows,
           "the lists that most of them come from, five at most",
           Rows{row({{"list", "everyone@lists.example"}, {"members", 849'120}}),
                row({{"list", "board@lists.example"}, {"members", 12}})},
           false,
           {{"list", Kind::address, "its address", "board@lists.example"},
            {"members", Kind::number, "how many people are on it", 12}}}};
}

Variable command(const std::string& word, const std::string& purpose, bool required = true) {
  return {word + "_link", Kind::link, purpose, mailto_link(kCommands, word), required};
}

Variable until() { return {"until", Kind::time, "until when the links work", kSampleTime}; }

Variable held() { return {"held", Kind::number, "messages that are held on the list now", 1'204}; }

std::vector<Letter> of_storms() {
  return {{"confirm", "To a sender: the message would reach many, and is sent once they confirm it.", true,
           joined({{list_address(), request_address(), owner_address()},
                   posting(),
                   audience(),
                   {command("confirm", "sends it"), command("cancel", "discards it"), until()}})},
          {"held", "To a sender, once a storm: the message is held, and what happens next.", true,
           joined({{list_address(), request_address(), owner_address()},
                   posting(),
                   {reason(), command("cancel", "discards it; empty where the sender has no say", false),
                    until()}})},
          {"moderation", "To a moderator: a message waits for release or discard.", false,
           joined({{list_address(), request_address(), administrator_address()},
                   posting_of_another(),
                   audience(),
                   {reason(), held(), command("release", "sends it"), command("discard", "discards it"),
                    until()}})},
          {"storm", "To owners and moderators: a storm was stopped, and replies are held.", false,
           joined({{list_address(), request_address(), administrator_address()},
                   posting_of_another(),
                   {audience().front(), reason(), held(), command("discard", "discards what is held of it"),
                    command("release", "sends what is held of it"), command("freeze", "stops the list"),
                    command("thaw", "lets the list go on"), until()}})},
          {"drift", "To owners: the list would reach a number of people that is not what it was.", false,
           joined({{list_address(), request_address(), administrator_address()},
                   audience(),
                   {reason(), command("confirm", "says that it is right"), until()}})}};
}

std::vector<Letter> of_commands() {
  return {
      {"leave",
       "To a member who wrote to the whole list to be taken off it.",
       true,
       {list_address(),
        request_address(),
        owner_address(),
        {"unsubscribe_link", Kind::link, "to leave the list",
         mailto_link("all-leave@lists.example", "unsubscribe"), true}}},
      {"rejected", "To the author of a held message: a moderator rejected it, and says why.", true,
       joined({{list_address(), request_address(), owner_address()},
               posting(),
               {{"reason", Kind::passage, "why, in the moderator's words",
                 "Please send a link, not the film.", true}}})},
      {"expired", "To the author of a held message: no moderator decided about it in time.", true,
       joined({{list_address(), request_address(), owner_address()}, posting(), {reason()}})},
      {"unconfirmed", "To the author of a message that they were to confirm: they have not done so in time.",
       true, joined({{list_address(), request_address(), owner_address()}, posting()})},
      {"outcome",
       "The answer to a command by mail: what was done, or why nothing was.",
       true,
       {list_address(),
        request_address(),
        owner_address(),
        {"outcome", Kind::passage, "what was done, or why nothing was; in German letters in German",
         "all@lists.example is frozen.", true},
        {"subject", Kind::line, "what the command was about; empty where nothing is to be said of it",
         "freeze all@lists.example"},
        command("freeze", "stops the list; empty where no further command is open", false),
        command("thaw", "lets the list go on; empty where no further command is open", false),
        until()}}};
}

constexpr const char* kConfirm = "all-confirm+3k7q2zj5mixbr2v6t4wzyub6c3@lists.example";

Variable closed() { return {"closed", Kind::flag, "nobody joins the list by asking", false}; }

// What every letter about joining and leaving is told.
std::vector<Variable> membership() {
  return {list_address(),
          request_address(),
          owner_address(),
          {"address", Kind::address, "whom it is about", "bob@example.org"},
          {"description", Kind::line, "of the list; empty where it has none", "What everybody needs to know"},
          {"join_link", Kind::link, "to ask to join", mailto_link("all-join@lists.example", "join")},
          {"leave_link", Kind::link, "to leave", mailto_link("all-leave@lists.example", "leave")}};
}

Variable confirm_link(const char* purpose) {
  return {"confirm_link", Kind::link, purpose, mailto_link(kConfirm, "confirm"), true};
}

Variable moderators_reason() {
  return {"reason", Kind::passage, "as the moderator wrote it; empty where none was given",
          "This list is for the technicians of one site."};
}

Letter about_membership(const char* name, const char* doc, bool answer, std::vector<Variable> more = {}) {
  return {name, doc, answer, joined({membership(), std::move(more)})};
}

std::vector<Letter> of_pending() {
  return {
      about_membership("confirm_join", "To who asked to join: they join once they confirm it.", true,
                       {confirm_link("joins"), until()}),
      about_membership("confirm_leave", "To a member who asked to leave: they leave once they confirm it.",
                       true, {confirm_link("leaves"), until()}),
      about_membership("invitation", "To whom an owner invited.", false, {confirm_link("joins"), until()}),
      about_membership("awaiting_approval", "To who asked to join: a moderator has been asked.", true),
      about_membership(
          "approval_request", "To a moderator: somebody asks to join.", false,
          {{"approve_link", Kind::link, "lets them join", mailto_link(kConfirm, "approve"), true},
           {"reject_link", Kind::link, "tells them no", mailto_link(kConfirm, "reject"), true},
           {"name", Kind::line, "as their own mail says, unchecked; at most 80 bytes, no \"; or empty",
            "Bob Miller"},
           {"waiting", Kind::number, "how many others wait for a moderator of the list; empty for none", 12},
           until()}),
      {"unanswered",
       "To whom a letter that asks for a word was sent, when a reply to it did nothing.",
       true,
       {list_address(),
        request_address(),
        owner_address(),
        {"used", Kind::flag, "it is done already, or was decided otherwise", true},
        {"expired", Kind::flag, "it came too late", false},
        {"no_word", Kind::flag, "the word was not in it", false},
        {"by_another", Kind::flag, "it came from another address than the letter went to", false}}}};
}

std::vector<Letter> of_decided() {
  return {
      about_membership("welcome", "To a new member.", true,
                       {{"added", Kind::flag, "by an owner; else they asked, or were invited", false},
                        {"may_post", Kind::flag, "members may write to the list", true}}),
      about_membership("goodbye", "To who has left, as asked.", true, {closed()}),
      about_membership("removed", "To whom an owner removed.", false, {moderators_reason()}),
      about_membership("join_rejected", "To who asked to join and may not.", false, {moderators_reason()}),
      about_membership("already_member", "To who asked to join and is a member.", true),
      about_membership("not_a_member", "To who asked to leave and is no member.", true,
                       {{"withdrawn", Kind::flag, "they waited to be one, and do so no more", false}}),
      about_membership("not_open", "To who asked to join a list that nobody joins by asking.", true)};
}

Letter commands() {
  return {
      "commands",
      "The answer to commands by mail, and the help.",
      true,
      {list_address(),
       request_address(),
       owner_address(),
       {"description", Kind::line, "of the list; empty where it has none", "What everybody needs to know"},
       {"join_link", Kind::link, "to ask to join", mailto_link("all-join@lists.example", "join")},
       {"leave_link", Kind::link, "to leave", mailto_link("all-leave@lists.example", "leave")},
       closed(),
       {"moderator", Kind::flag, "to a moderator or an owner, as they say who they are", true},
       {"owner", Kind::flag, "to an owner, as they say", true},
       {"apart", Kind::flag, "other commands of the same mail are answered in letters of their own", true},
       {"unread",
        Kind::rows,
        "lines that were not read, of the subject (first) and of the text",
        Rows{row({{"line", "join ann@example.org, bob@example.org"}, {"bad_address", true}}),
             row({{"line", "Thank you."}, {"unknown", true}})},
        false,
        {{"line", Kind::line, "the line; empty where the text is too long", "Thank you."},
         {"subject", Kind::flag, "it is the mail's subject", false},
         {"unknown", Kind::flag, "it is no command", true},
         {"bad_address", Kind::flag, "it has no address where one has to be, or several", false},
         {"bad_ban", Kind::flag, "it names neither an address nor a domain to ban", false},
         {"bad_mode", Kind::flag, "it names no mode of delivery", false},
         {"bad_date", Kind::flag, "what stands for a date is none", false},
         {"superfluous", Kind::flag, "something stands behind a command that takes nothing", false},
         {"too_many", Kind::flag, "it is the eleventh", false},
         {"too_long", Kind::flag, "the text is longer than the server reads", false},
         {"other_list", Kind::flag, "it names another list", false},
         {"elsewhere", Kind::address, "of other_list: where it takes commands",
          "board-request@lists.example"}}},
       {"ended", Kind::flag, "nothing below the last of these was read", true},
       {"help", Kind::flag, "it was asked for, or something was not read", true},
       {"others_asked", Kind::flag, "an answer is about another's address, which is asked (`asked`)", true},
       {"answers",
        Kind::rows,
        "what became of the commands that have no letter of their own",
        Rows{row({{"command", "set delivery"}, {"paused", true}, {"until", kSampleTime}}),
             row({{"command", "leave ann@example.org"}, {"asked", true}})},
        false,
        {{"command", Kind::line, "as it was understood; in German letters in German", "set delivery"},
         {"each", Kind::flag, "each message comes from now on", false},
         {"digest", Kind::flag, "digests come from now on", false},
         {"plain_digest", Kind::flag, "digests come from now on, each as one text", false},
         {"none", Kind::flag, "no mail comes from now on", false},
         {"paused", Kind::flag, "no mail comes until a day", true},
         {"until", Kind::time, "that day", kSampleTime},
         {"then_digest", Kind::flag, "from that day on digests come; else each message", false},
         {"past", Kind::flag, "that day has passed, and nothing has changed", false},
         {"too_far", Kind::flag, "that day is more than two years ahead, and nothing has changed", false},
         {"refused", Kind::flag, "only owners may do that", false},
         {"asked", Kind::flag, "another's address: it is sent a letter, and decides", false},
         {"not_open", Kind::flag, "nobody joins the list by asking", false},
         {"not_a_member", Kind::flag, "the address is no member", false},
         {"not_offered", Kind::flag, "the list does not offer it", false}}}}};
}

Letter confirm_orders() {
  return {"confirm_orders",
          "To an owner or moderator in whose name a mail orders something about others: it is done once they "
          "confirm it.",
          true,
          {list_address(),
           request_address(),
           administrator_address(),
           {"orders",
            Kind::rows,
            "what was ordered, one line each, ten at most",
            Rows{row({{"line", "add ann@example.org"}}), row({{"line", "ban @example.net spam"}})},
            true,
            {{"line", Kind::line, "one order; in German letters in German", "add ann@example.org"}}},
           confirm_link("does it"),
           until()}};
}

Letter confirm_delivery() {
  return {
      "confirm_delivery",
      "To a member for whom somebody asked from another address how mail is to be delivered: it is set once "
      "they confirm it.",
      false,
      {list_address(),
       request_address(),
       owner_address(),
       {"address", Kind::address, "the member's", "bob@example.org"},
       {"orders",
        Kind::rows,
        "what was asked for: one line",
        Rows{row({{"line", "set delivery none until 2026-12-31"}, {"paused", true}, {"day", kSampleTime}})},
        true,
        {{"line", Kind::line, "as a command; in German letters in German",
          "set delivery none until 2026-12-31"},
         {"each", Kind::flag, "each message would come", false},
         {"digest", Kind::flag, "digests would come", false},
         {"plain_digest", Kind::flag, "digests would come, each as one text", false},
         {"none", Kind::flag, "no mail would come", false},
         {"paused", Kind::flag, "no mail would come until a day", true},
         {"day", Kind::time, "that day", kSampleTime}}},
       confirm_link("does it"),
       until()}};
}

Letter orders_done() {
  return {"orders_done",
          "To an owner or moderator: what became of each of their orders.",
          true,
          {list_address(),
           request_address(),
           administrator_address(),
           {"first", Kind::line, "the first order; in German letters in German", "add ann@example.org"},
           {"count", Kind::number, "how many there were", 2},
           {"more", Kind::number, "how many besides the first", 1},
           {"done", Kind::number, "how many were carried out; empty where none was", 1},
           {"all_done", Kind::flag, "all of them were", false},
           {"results",
            Kind::rows,
            "each order, ten at most",
            Rows{row({{"line", "add ann@example.org"},
                      {"done", true},
                      {"outcome", "ann@example.org was added to all@lists.example"}}),
                 row({{"line", "unban @example.net"},
                      {"outcome", "@example.net is not banned from all@lists.example"}})},
            true,
            {{"line", Kind::line, "as it was understood; in German letters in German", "add ann@example.org"},
             {"done", Kind::flag, "it was carried out", true},
             {"outcome", Kind::passage, "what was done, or why nothing was; in German letters in German",
              "ann@example.org was added to all@lists.example"}}}}};
}

std::vector<Letter> of_members() {
  std::vector<Letter> all = of_pending();
  for (const Letter& one : of_decided()) all.push_back(one);
  all.push_back(commands());
  all.push_back(confirm_orders());
  all.push_back(confirm_delivery());
  all.push_back(orders_done());
  all.push_back({"members",
                 "To an owner who asked who is on the list.",
                 true,
                 {list_address(),
                  request_address(),
                  administrator_address(),
                  {"count", Kind::number, "of all members", 1'204},
                  {"members",
                   Kind::rows,
                   "the first of them, 500 at most",
                   Rows{row({{"address", "ann@example.org"}}), row({{"address", "bob@example.org"}})},
                   false,
                   {{"address", Kind::address, "of a member", "ann@example.org"}}},
                  {"more", Kind::number, "how many there are besides; empty where there are none", 1'202}}});
  return all;
}

std::vector<Letter> of_bounces() {
  const std::string diagnostic = "550 5.1.1 <bob@example.org>: no such user";
  const Variable reason{"reason", Kind::line, "what the next server said", diagnostic};
  return {{"probe",
           "To a member whose mail came back several times: if this comes back too, delivery stops.",
           false,
           {list_address(),
            owner_address(),
            {"address", Kind::address, "the member's", "bob@example.org"},
            {"at", Kind::time, "when mail last came back", kSampleTime},
            reason,
            {"wait_days", Kind::number, "how many days this letter may take to come back", 7}}},
          {"bounces",
           "To owners, once a day at most: whose delivery was stopped, which postings' bounces do not count.",
           false,
           {list_address(),
            {"stopped", Kind::number, "how many members were stopped; empty where none was", 1'203},
            {"members",
             Kind::rows,
             "the first of them",
             Rows{row({{"address", "bob@example.org"}, {"since", kSampleTime}, {"reason", diagnostic}})},
             false,
             {{"address", Kind::address, "the member's", "bob@example.org"},
              {"since", Kind::time, "since when", kSampleTime},
              reason}},
            {"more", Kind::number, "how many were stopped besides; empty where none was", 1'202},
            {"postings",
             Kind::rows,
             "postings on which so many bounced that it counts against nobody",
             Rows{row({{"posting", "01K9XZQ4T2M7A"},
                       {"subject", "Minutes of Monday"},
                       {"bounced", 51'000},
                       {"recipients", 850'000}})},
             false,
             {{"posting", Kind::address, "its id, for `breakwater why`", "01K9XZQ4T2M7A"},
              {"subject", Kind::line, "empty where it has none", "Minutes of Monday"},
              {"bounced", Kind::number, "how many members bounced", 51'000},
              {"recipients", Kind::number, "of how many", 850'000}}}}}};
}

Variable changed(const char* name, const char* doc, std::int64_t sample) {
  return {name, Kind::number, doc, sample};
}

Variable people(const char* name, const char* doc, const char* sample) {
  return {name,  Kind::rows,
          doc,   Rows{row({{"address", sample}})},
          false, {{"address", Kind::address, "of one of them", sample}}};
}

std::vector<Letter> of_sources() {
  return {
      {"sync_held",
       "To each owner: what the list's sources say would change so many members that it waits for a person.",
       false,
       {list_address(),
        changed("before", "members that come from its sources", 340),
        changed("added", "how many would be added", 2),
        changed("removed", "how many would be removed", 51),
        {"removes_too_many", Kind::flag, "that is why it is held", true},
        {"adds_too_many", Kind::flag, "that is why it is held", false},
        changed("percent", "the limit that it is over", 10),
        {"reason", Kind::passage, "why it is held, where it is neither; in German letters in German", ""},
        {"sources",
         Kind::rows,
         "the list's sources, the first five",
         Rows{row({{"source", "CSV file /srv/export/staff.csv"}})},
         false,
         {{"source", Kind::line, "its `label`, or what it is", "CSV file /srv/export/staff.csv"}}},
        {"remarks",
         Kind::rows,
         "what was found in them, five things at most",
         Rows{row({{"remark",
                    "CSV file /srv/export/staff.csv: 1 row without a valid address is left out; line 12: "
                    "\"bob\": it has no @"}})},
         false,
         {{"remark", Kind::passage, "rows that were left out; in German letters in German",
           "CSV file /srv/export/staff.csv: 1 row without a valid address is left out"}}},
        people("leaving", "the first ten of those who would be removed", "bob@example.org"),
        changed("more_leaving", "how many there are besides", 50),
        people("joining", "the first ten of those who would be added", "eve@example.org"),
        changed("more_joining", "how many there are besides", 1),
        command("confirm", "has it done"),
        command("cancel", "drops it"),
        until()}},
      {"sync_failed",
       "To owners, once until it works again: a source of the list cannot be read. Nothing was changed.",
       false,
       {list_address(),
        {"source", Kind::line, "which one: its `label`, or what it is", "CSV file /srv/export/staff.csv",
         true},
        {"error", Kind::passage,
         "what is wrong with it; in German letters in German, but for what other programs said",
         "line 12 has 1 of the first line's 2 columns; was it cut off?", true},
        {"last", Kind::time, "the last sync that worked; empty where none has", kSampleTime},
        {"retried", Kind::flag, "the server tries again by itself", true}}},
      {"sync_works_again",
       "To owners who were told that a source cannot be read: it can, and the list is in step.",
       false,
       {list_address(),
        {"since", Kind::time, "since when it could not", kSampleTime},
        changed("added", "how many were added", 12),
        changed("removed", "how many were removed", 3)}}};
}

Letter ending() {
  return {"ending",
          "To moderators, once a day at most: what is held and will be discarded soon, since nobody decided.",
          false,
          {list_address(),
           {"owner_address", Kind::address, "the list's owners", "all-owner@lists.example"},
           {"postings",
            Kind::rows,
            "the first twenty of them",
            Rows{row({{"posting", "01K9XZQ4T2M7A"},
                      {"author", "bob@example.org"},
                      {"subject", "Re: test"},
                      {"until", kSampleTime}})},
            true,
            {{"posting", Kind::address, "its id, for `breakwater hold`", "01K9XZQ4T2M7A"},
             {"author", Kind::line, "who wrote it", "bob@example.org"},
             {"subject", Kind::line, "empty where it has none", "Re: test"},
             {"until", Kind::time, "when it is discarded", kSampleTime}}},
           {"more", Kind::flag, "there are more than those", false}}};
}

Letter digest(const char* name, const char* doc) {
  return {name,
          doc,
          false,
          {list_address(),
           request_address(),
           {"count", Kind::number, "how many messages", 2},
           {"subject", Kind::line, "of the first of them; empty where it has none", "Re: test"},
           {"messages",
            Kind::rows,
            "the messages",
            Rows{row({{"number", 1},
                      {"subject", "Re: test"},
                      {"author", "Ann <ann@example.org>"},
                      {"date", "Sun, 22 Nov 2026 16:01:10 +0000"}}),
                 row({{"number", 2}, {"author", "bob@example.org"}})},
            true,
            {{"number", Kind::number, "its place, from 1", 1},
             {"subject", Kind::line, "empty where it has none", "Re: test"},
             {"author", Kind::line, "empty where it names none", "Ann <ann@example.org>"},
             {"date", Kind::line, "as it says, in German letters in German; empty where it has none",
              "Sun, 22 Nov 2026 16:01:10 +0000"}}}}};
}

std::vector<Letter> of_digests() {
  return {
      digest("digest",
             "To a list: held messages, released as one mail. The subject and the text above the messages."),
      digest("member_digest",
             "To members who want digests: what came since the last one. The subject and the text above the "
             "messages.")};
}

Variable server() { return {"server", Kind::address, "the server's host name", "mx.example"}; }

std::vector<Letter> of_delivery() {
  return {{"undelivered",
           "To who wrote to a list's owners or the postmaster: it could not be delivered. The text of the "
           "report (RFC 3464).",
           true,
           {server(),
            {"recipients",
             Kind::rows,
             "whom it did not reach",
             Rows{row({{"address", "all-owner@lists.example"}, {"diagnostic", "550 5.1.1 no such user"}})},
             true,
             {{"address", Kind::address, "whom", "all-owner@lists.example"},
              {"remote", Kind::address, "the server that said no; empty where none did", "mx.example.org"},
              {"diagnostic", Kind::passage, "what it said; empty where it gave no reason",
               "550 5.1.1 no such user"}}},
            {"whole", Kind::flag, "the whole message is attached, not its header alone", false}}},
          {"taken",
           "To a sender who asked for a report of success (RFC 3461): the message has been taken.",
           true,
           {server(),
            {"address", Kind::address, "whom it was for", "all@lists.example", true},
            {"list", Kind::flag, "that is a list; else the people behind an address", true}}}};
}

}  // namespace

const std::vector<Letter>& table() {
  static const std::vector<Letter> letters = [] {
    std::vector<Letter> all = of_storms();
    for (const auto& group :
         {of_commands(), of_members(), of_bounces(), of_sources(), of_digests(), {ending()}, of_delivery()}) {
      all.insert(all.end(), group.begin(), group.end());
    }
    return all;
  }();
  return letters;
}

const Letter& letter(std::string_view name) {
  const auto& all = table();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Letter& each) { return each.name == name; });
  BREAKWATER_ASSERT(found != all.end());
  return *found;
}

Values samples(const std::vector<Variable>& variables) {
  Values out;
  for (const Variable& each : variables) out[each.name] = each.sample;
  return out;
}

}  // namespace breakwater::letters
