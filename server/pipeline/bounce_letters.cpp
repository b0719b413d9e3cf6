#include "pipeline/bounce_letters.h"

#include "mail/address.h"
#include "pipeline/letter_text.h"
#include "storm/number_text.h"

namespace breakwater::pipeline {
namespace {

constexpr std::size_t kInText = 200;

std::string counted(std::int64_t count, const std::string& noun) {
  return storm::grouped(count) + ' ' + noun + (count == 1 ? "" : "s");
}

// From the list's owners: a person who answers, answers them.
std::string owners_of(const std::string& list_address, const std::string& owner_address) {
  const auto owner = mail::parse_address(owner_address);
  if (!owner) return owner_address;
  return mail::format_address({list_address.substr(0, list_address.rfind('@')) + " list", *owner});
}

std::string reason_of(const std::string& status, const std::string& diagnostic) {
  const std::string text = one_line(diagnostic, kInText);
  return indented(text.empty() ? status : text);
}

}  // namespace

mail::Notice probe_letter(const ProbeFacts& facts) {
  mail::Notice notice;
  notice.from = owners_of(facts.list_address, facts.owner_address);
  notice.to = facts.to;
  notice.subject = "Does mail from " + facts.list_address + " reach you?";
  notice.text = "Hello,\n";
  notice.text +=
      paragraph("copies of mail to " + facts.list_address + ", which you are on, have come back from " +
                facts.to + ". The last time was " + time_text(facts.at) + ":");
  notice.text += "\n" + reason_of(facts.status, facts.diagnostic);
  notice.text += paragraph(
      "This letter finds out whether that is still so. Since you are reading it, all is "
      "well: you need not do anything, and need not answer.");
  notice.text += paragraph("If this letter comes back as well, within " + counted(facts.wait_days, "day") +
                           ", the list stops sending to this address until one of its owners lets it go on.");
  notice.text += paragraph("Questions? Write to the list's owners, " + facts.owner_address + ".");
  return notice;
}

mail::Notice bounce_letter(const BounceLetterFacts& facts) {
  mail::Notice notice;
  notice.from = owners_of(facts.list_address, facts.owner_address);
  notice.to = facts.owner_address;
  notice.text = "Hello,\n";
  if (facts.all_stopped > 0) {
    notice.subject = counted(facts.all_stopped, "member") + " of " + facts.list_address +
                     " stopped: mail does not reach them";
    notice.text +=
        paragraph("delivery from " + facts.list_address + " to " + counted(facts.all_stopped, "member") +
                  " was stopped: mail to them had come back on several days, and so did a "
                  "letter that was sent to them alone to make sure.");
    for (const auto& one : facts.stopped) {
      notice.text += "\n    " + one_line(one.mailbox, kInText) + ", since " + time_text(one.at) + "\n" +
                     reason_of(one.status, one.diagnostic);
    }
    const std::int64_t more = facts.all_stopped - static_cast<std::int64_t>(facts.stopped.size());
    if (more > 0)
      notice.text += "\n    ... and " + storm::grouped(more) + " more: 'breakwater member ls' shows them.\n";
    notice.text += paragraph(
        "They are still members. To let mail go to one of them again, an administrator gives "
        "the command 'breakwater member resume'; 'breakwater member show' tells what came "
        "back. To take them off the list: 'breakwater member rm'.");
  }
  if (!facts.spiked.empty()) {
    if (notice.subject.empty())
      notice.subject = "Many bounces on one posting to " + facts.list_address + ": not counted";
    notice.text += paragraph(
        "So many members bounced on one posting that the posting was the reason, or this "
        "server, or theirs: a filter that took it for spam, a server that was down. These "
        "bounces count against nobody:");
    for (const auto& one : facts.spiked) {
      notice.text += "\n    Posting " + one.posting + ": " + storm::grouped(one.members) + " of " +
                     storm::people(one.recipients) + "\n" + indented(one_line(one.subject, kInText));
    }
    notice.text += paragraph(
        "What their servers said: 'breakwater why' with the posting. If the list was newly "
        "filled with old addresses, the bounces may all be true: then raise spike_percent "
        "in the list's [bounces].");
  }
  notice.text += paragraph("There is at most one letter like this a day.");
  return notice;
}

}  // namespace breakwater::pipeline
