#include "pipeline/letters.h"

#include <optional>
#include <string_view>

#include "mail/address.h"
#include "mail/ascii.h"
#include "mail/utf8.h"
#include "pipeline/letter_text.h"
#include "pipeline/orders.h"
#include "storm/number_text.h"

namespace breakwater::pipeline {
namespace {

using storm::grouped;
using storm::people;

constexpr std::size_t kInSubject = 60;  // characters of a posting's subject in a letter's
constexpr std::size_t kInText = 200;

std::string counted(std::int64_t count, const std::string& noun) {
  return grouped(count) + ' ' + noun + (count == 1 ? "" : "s");
}

// 'test', or what to say of none.
std::string quoted_subject(const LetterFacts& facts, std::size_t most) {
  const std::string subject = one_line(facts.subject, most);
  return subject.empty() ? "without a subject" : "'" + subject + "'";
}

std::string sender_of(const LetterFacts& facts) {
  auto request = mail::parse_address(facts.request_address);
  if (!request) return facts.request_address;
  return mail::format_address(
      {facts.list_address.substr(0, facts.list_address.rfind('@')) + " list", *request});
}

// An id that is none would make a broken field; the letter goes without.
bool is_message_id(std::string_view text) {
  if (text.size() < 3 || text.size() > 900 || text.front() != '<' || text.back() != '>') return false;
  for (const char c : text) {
    if (mail::is_control(c) || c == ' ' || (static_cast<unsigned char>(c) & 0x80) != 0) return false;
  }
  return true;
}

mail::Notice begin(const LetterFacts& facts, std::string subject) {
  mail::Notice notice;
  notice.from = sender_of(facts);
  notice.to = facts.to;
  notice.reply_to = facts.command_address;
  notice.subject = std::move(subject);
  notice.text = "Hello,\n";
  return notice;
}

// To the author of a message: an answer to it (RFC 3834 5).
mail::Notice begin_answer(const LetterFacts& facts, std::string subject) {
  mail::Notice notice = begin(facts, std::move(subject));
  notice.auto_submitted = "auto-replied";
  if (is_message_id(facts.message_id)) notice.in_reply_to = facts.message_id;
  return notice;
}

mail::Notice finished(mail::Notice notice, const LetterFacts& facts) {
  notice.text += paragraph("Questions? Write to " + facts.request_address + ".");
  return notice;
}

// The posting as its reader knows it: who, what, how it begins.
std::string posting_block(const LetterFacts& facts, bool with_author) {
  std::string out = "\n";
  if (with_author) out += "    From: " + one_line(facts.author, kInText) + "\n";
  const std::string subject = one_line(facts.subject, kInText);
  out += "    Subject: " + (subject.empty() ? "(none)" : subject) + "\n";
  if (with_author && !facts.posting.empty()) out += "    Posting: " + facts.posting + "\n";
  const std::string excerpt = excerpt_block(facts.excerpt);
  return out + (excerpt.empty() ? "    (The message has no text.)\n" : excerpt);
}

std::string reason_block(const LetterFacts& facts) {
  return facts.reason.empty() ? "" : "\nThe reason:\n" + indented(facts.reason);
}

std::string nested_block(const LetterFacts& facts) {
  if (facts.nested.empty()) return "";
  std::string out = paragraph("Most of them are there by way of these lists:") + "\n";
  for (const auto& [list, members] : facts.nested) {
    out += "    " + one_line(list, kInText) + ": " + grouped(members) + "\n";
  }
  return out;
}

struct Offer {
  Word word;
  const char* purpose;
};

// A link for each command, and the other way: a reply with the word.
std::string offers(const LetterFacts& facts, std::initializer_list<Offer> all) {
  if (facts.command_address.empty()) return "";
  std::string out;
  std::string words;
  std::size_t left = all.size();
  for (const Offer& offer : all) {
    const std::string word(name_of(offer.word));
    out += paragraph(std::string(offer.purpose) + ":") + "\n    " + mailto_link(facts.command_address, word) +
           "\n";
    words += (words.empty() ? "" : left == 1 ? " or " : ", ") + word;
    --left;
  }
  const bool single = all.size() == 1;
  std::string text = single ? "The link opens a new mail: send it as it is."
                            : "Each link opens a new mail: send it as it is. The first counts.";
  text += " A reply to this mail whose first line is the one word " + words + " does the same. ";
  text += single ? "The command is for you alone: please do not pass this mail on."
                 : "The commands are for you alone: please do not pass this mail on.";
  if (facts.until != Instant{}) {
    text += (single ? " It works until " : " They work until ") + time_text(facts.until) + ".";
  }
  return out + paragraph(text);
}

std::string audience_of(const LetterFacts& facts) {
  return people(facts.recipients) +
         (facts.domains > 0 ? " in " + counted(facts.domains, "domain") : std::string());
}

}  // namespace

mail::Notice confirm_letter(const LetterFacts& facts) {
  mail::Notice notice = begin_answer(facts, "Confirm: your message " + quoted_subject(facts, kInSubject) +
                                                " would reach " + people(facts.recipients));
  notice.text += paragraph("your message to " + facts.list_address + " would reach " + audience_of(facts) +
                           ". It has not been sent: before a message goes to so many, the list asks you.");
  notice.text += posting_block(facts, false) + nested_block(facts);
  notice.text += offers(facts, {{Word::confirm, "To send it to all of them"},
                                {Word::cancel, "To cancel it, so that nobody gets it"}});
  notice.text += paragraph("If you do nothing, it is not sent.");
  return finished(std::move(notice), facts);
}

mail::Notice held_letter(const LetterFacts& facts) {
  mail::Notice notice =
      begin_answer(facts, "Held, not lost: your message " + quoted_subject(facts, kInSubject));
  notice.text += paragraph("your message to " + facts.list_address +
                           " is held. Nobody has got it yet, and nothing is lost.");
  notice.text += posting_block(facts, false) + reason_block(facts);
  notice.text += paragraph(
      "The moderators of the list decide whether it goes out. You need not send it again, and you will get "
      "no "
      "further mail like this one while it lasts.");
  notice.text += offers(facts, {{Word::cancel, "To take your message back"}});
  return finished(std::move(notice), facts);
}

mail::Notice moderation_letter(const LetterFacts& facts) {
  mail::Notice notice =
      begin(facts, "Release or discard: message " + quoted_subject(facts, kInSubject) + " from " +
                       one_line(facts.author, kInSubject) + " to " + people(facts.recipients));
  notice.text += paragraph("a message to " + facts.list_address + " waits for a moderator. It would reach " +
                           audience_of(facts) + ".");
  notice.text += posting_block(facts, true) + reason_block(facts) + nested_block(facts);
  notice.text += offers(facts, {{Word::release, "To send it to the list"},
                                {Word::discard, "To discard it, so that nobody gets it"}});
  if (facts.held > 1) {
    notice.text +=
        paragraph("With it, " + counted(facts.held, "message") +
                  " are held on the list. When there are many, not each has a letter of its own: an "
                  "administrator sees them all with 'breakwater hold ls'.");
  }
  return finished(std::move(notice), facts);
}

mail::Notice storm_letter(const LetterFacts& facts) {
  mail::Notice notice =
      begin(facts, "Storm stopped on " + facts.list_address + ": release or discard what is held");
  const std::string held =
      facts.held > 0 ? " (" + counted(facts.held, "message") + " so far)" : std::string();
  notice.text += paragraph("a reply-all storm has begun on " + facts.list_address +
                           ", and its replies are held" + held + ". Each would reach " +
                           people(facts.recipients) + ". Nothing is lost, and you need not hurry.");
  notice.text += paragraph("The message that brought it about:");
  notice.text += posting_block(facts, true) + reason_block(facts);
  notice.text +=
      offers(facts, {{Word::discard, "To discard what is held of this conversation"},
                     {Word::release, "To send what is held of it after all"},
                     {Word::freeze, "To stop the whole list, also what is being sent out just now"},
                     {Word::thaw, "To let the list go on at once"}});
  notice.text += paragraph("An administrator sees it all with 'breakwater storm status'.");
  return finished(std::move(notice), facts);
}

mail::Notice drift_letter(const LetterFacts& facts) {
  mail::Notice notice =
      begin(facts, "Confirm: " + facts.list_address + " would now reach " + people(facts.recipients));
  notice.text += paragraph("the list " + facts.list_address + " would now reach " + audience_of(facts) +
                           ", which is not what it was. Until an owner confirms it, what is posted there is "
                           "held; nothing is lost.");
  notice.text += reason_block(facts) + nested_block(facts);
  notice.text += offers(facts, {{Word::confirm, "If this is how it should be"}});
  notice.text += paragraph(
      "If it is not, somebody has been added, removed or nested by mistake: put that right, and new messages "
      "go out as before.");
  return finished(std::move(notice), facts);
}

mail::Notice leave_letter(const LetterFacts& facts) {
  mail::Notice notice = begin_answer(facts, "How to leave " + facts.list_address);
  notice.text += paragraph("you wrote to " + facts.list_address +
                           " that you want to leave it. Your message reached nobody else: it would have gone "
                           "to everybody on the list, and nobody there could have helped you.");
  notice.text +=
      paragraph("To leave the list:") + "\n    " + mailto_link(facts.request_address, "unsubscribe") + "\n";
  notice.text += paragraph(
      "The link opens a new mail: send it as it is. Until then you are still on the list, since only you "
      "should "
      "take you off it.");
  return finished(std::move(notice), facts);
}

mail::Notice outcome_letter(const LetterFacts& facts, const std::string& outcome) {
  mail::Notice notice = begin_answer(facts, "Your command for " + facts.list_address);
  notice.text += "\n" + wrapped(one_line(outcome, 1000), "");
  const std::string subject = one_line(facts.subject, kInText);
  if (!subject.empty()) notice.text += "\n    Subject: " + subject + "\n";
  notice.text +=
      offers(facts, {{Word::thaw, "Next, to let the list go on"}, {Word::freeze, "Next, to stop it"}});
  return finished(std::move(notice), facts);
}

}  // namespace breakwater::pipeline
