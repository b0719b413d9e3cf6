#include "daemon/token_answer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "daemon/letters.h"
#include "daemon/membership.h"
#include "mail/transfer_encoding.h"
#include "terms/invariant.h"

namespace breakwater::daemon {
namespace {

constexpr lists::Cap kFlawed{1, std::chrono::hours(24)};
constexpr lists::Cap kRefused{5, std::chrono::hours(24)};
std::string key_of(const char* sort, std::string_view digest) {
  std::string key = sort;
  for (const char byte : digest) key += mail::hex_byte(byte);
  return key;
}

// The reader of the token among who the order's mail is from; nullptr: it is from others.
const mail::Address* reader_among(const pipeline::MailOrder& order, const Result<mail::Address>& reader) {
  if (!reader) return nullptr;
  const auto found = std::find(order.senders.begin(), order.senders.end(), *reader);
  return found == order.senders.end() ? nullptr : &*found;
}

}  // namespace

Result<std::string> tell_reader(WriteJob& job, const lists::List& list, const mail::Address& reader,
                                std::string_view digest, pipeline::ReplyFlaw flaw,
                                const std::optional<std::string>& message_id, const std::string& outcome) {
  const std::string note = "a reply that does nothing";
  auto may = take_turn(job, key_of("flawed:", digest), kFlawed);
  if (!may) return may.error();
  if (!*may) return note;
  if (!outcome.empty() && message_id) {
    auto written = write_outcome(job, list, reader, "", *message_id, outcome, false);
    return written ? Result<std::string>(note) : written.error();
  }
  pipeline::LetterFacts facts = facts_of(list, reader);
  facts.message_id = message_id.value_or("");
  facts.unasked = !message_id;
  facts.flaw = flaw;
  auto posted = post_letter(job, "unanswered", facts, reader, list, "answer to a reply");
  if (!posted) return posted.error();
  return note;
}

Result<std::optional<std::string>> turned_away(WriteJob& job, const pipeline::MailOrder& order,
                                               const SentToken& token, std::string_view words,
                                               const std::string& message_id) {
  using pipeline::ReplyFlaw;
  const auto reader = mail::parse_address(token.person);
  if (!reader) return std::optional<std::string>("a command with the token of no address");
  const bool by_reader = reader_among(order, reader) != nullptr;
  const auto flaw = token.used                 ? ReplyFlaw::used
                    : job.now >= token.expires ? ReplyFlaw::expired
                    : !by_reader               ? ReplyFlaw::by_another
                                               : ReplyFlaw::none;
  if (flaw != ReplyFlaw::none) {
    auto told = tell_reader(job, *order.list, *reader, token.digest, flaw,
                            by_reader ? std::optional(message_id) : std::nullopt);
    if (!told) return told.error();
    return std::optional(std::move(*told));
  }
  if (order.command) return std::optional<std::string>();
  const std::string help = "nothing was done: " + std::string(words);
  if (auto told = tell_refused(job, order, token, "", help, message_id); !told) return told.error();
  return std::optional<std::string>("a command mail without a command");
}

const mail::Address& sender_of(const pipeline::MailOrder& order, const SentToken& token) {
  const mail::Address* reader = reader_among(order, mail::parse_address(token.person));
  BREAKWATER_ASSERT(reader != nullptr);
  return *reader;
}

Result<void> tell_refused(WriteJob& job, const pipeline::MailOrder& order, const SentToken& token,
                          const std::string& subject, const std::string& outcome,
                          const std::string& message_id) {
  auto may = take_turn(job, key_of("refused:", token.digest), kRefused);
  if (!may) return may.error();
  if (!*may) return {};
  return write_outcome(job, *order.list, sender_of(order, token), subject, message_id, outcome, false);
}

}  // namespace breakwater::daemon
