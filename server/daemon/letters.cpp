#include "daemon/letters.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "daemon/store_directory.h"
#include "identity/digest.h"
#include "lists/posting_rights.h"
#include "mail/message.h"
#include "mail/own_text.h"
#include "store/directory.h"
#include "store/hold.h"

namespace breakwater::daemon {
namespace {

using pipeline::LetterFacts;
using pipeline::LetterKind;

constexpr std::size_t kNestedShown = 5;

// The lists that most of the audience comes from: direct members, largest first.
Result<std::vector<std::pair<std::string, std::int64_t>>> contributors(WriteJob& job,
                                                                       const lists::Audience& audience) {
  std::vector<std::pair<std::string, std::int64_t>> out;
  if (audience.lists.size() < 2) return out;  // the list itself alone: nothing to tell
  for (const ListId id : audience.lists) {
    const auto list = job.running.lists_by_id.find(id);
    if (list == job.running.lists_by_id.end()) continue;
    auto count = store::count_members(job.db, id);
    if (!count) return count.error();
    out.emplace_back(list->second->address(), count->receiving);
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  if (out.size() > kNestedShown) out.resize(kNestedShown);
  return out;
}

bool has_token(LetterKind kind) { return kind != LetterKind::held && kind != LetterKind::leave; }

// Gives the letter an address that carries out its reader's commands.
Result<void> add_token(WriteJob& job, const lists::List& list, store::Token token, LetterFacts& facts) {
  const std::string text = new_token();
  token.digest = token_digest(text);
  facts.until = token.expires;
  facts.command_address = list.sub_address("request+" + text);
  return store::add_token(job.db, token);
}

}  // namespace

LetterFacts facts_of(const lists::List& list, const mail::Address& to) {
  LetterFacts facts;
  facts.list_address = list.address();
  facts.request_address = list.sub_address("request");
  facts.owner_address = list.sub_address("owner");
  facts.administrator_address = "postmaster@" + list.domain;
  facts.join_address = list.sub_address("join");
  facts.leave_address = list.sub_address("leave");
  facts.description = list.description;
  facts.closed = list.join == lists::JoinPolicy::closed;
  facts.may_post = lists::may_post(list, {.member = true});
  facts.to = to.mailbox;
  return facts;
}

Result<void> post_letter(WriteJob& job, std::string_view name, const LetterFacts& facts,
                         const mail::Address& to, const lists::List& list, std::string reason) {
  const auto notice = pipeline::write_letter(name, facts, job.running.config->templates, list.language);
  auto audience = StoreDirectory(job.db, job.running).people({to});
  if (!audience) return audience.error();
  auto posted = post_own(job, notice, *audience, list, store::PostingKind::notice, std::move(reason));
  return posted ? Result<void>() : posted.error();
}

std::string new_token() {
  constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
  std::string token;
  for (const char byte : identity::random_bytes(26)) {
    token.push_back(kAlphabet[static_cast<unsigned char>(byte) % kAlphabet.size()]);
  }
  return token;
}

std::string token_digest(std::string_view token) { return identity::sha256(token); }

Result<PostingId> post_own(WriteJob& job, const mail::Notice& notice, const lists::Audience& audience,
                           const lists::List& list, store::PostingKind kind, std::string reason) {
  const std::string bytes =
      mail::compose_notice(notice, job.now, job.entropy++, job.running.config->hostname);
  const bool is_probe = kind == store::PostingKind::probe;
  store::Posting row;
  row.id = PostingId{make_id(job.now, job.entropy++)};
  row.message = MessageId{row.id.value};
  row.kind = kind;
  if (is_probe) row.list = job.running.lists.at(list.address()).id;
  row.list_address = list.address();
  row.subject = notice.subject;
  row.verdict = is_probe ? "probe" : "notice";
  row.reason = std::move(reason);
  row.received = job.now;
  row.size = static_cast<std::int64_t>(bytes.size());
  row.recipients = audience.recipients;
  if (auto added = store::add_message(job.db, {row.message, bytes, job.now}); !added) return added.error();
  const Instant expires = job.now + job.running.config->retry.give_up_after;
  if (auto added = store::add_posting(job.db, row, audience, expires); !added) return added.error();
  job.effects.opened.emplace_back(row.id, audience.recipients);
  return row.id;
}

Result<void> write_letters(WriteJob& job, const About& about, const std::vector<pipeline::Letter>& letters) {
  if (letters.empty()) return {};
  const store::Posting& posting = *about.posting;
  std::vector<std::pair<std::string, std::int64_t>> nested;
  if (about.audience != nullptr) {
    auto found = contributors(job, *about.audience);
    if (!found) return found.error();
    nested = std::move(*found);
  }
  auto readers = StoreDirectory(job.db, job.running, &job.sizes).digest_readers(*about.list);
  if (!readers) return readers.error();
  auto waiting = store::count_held(job.db, posting.list);
  if (!waiting) return waiting.error();
  for (const pipeline::Letter& letter : letters) {
    LetterFacts facts = facts_of(*about.list, letter.to);
    facts.author = posting.sender;
    facts.subject = posting.subject;
    facts.message_id = posting.message_id;
    facts.excerpt = about.own_text;
    facts.posting = format_id(posting.id);
    facts.reason = posting.reason;
    facts.recipients = posting.recipients;
    facts.domains = about.audience ? about.audience->domains : 0;
    facts.digest_readers = *readers;
    facts.nested = nested;
    facts.held = waiting->postings;
    if (has_token(letter.kind)) {
      store::Token token;
      token.person = letter.to.key;
      token.list = posting.list;
      token.moderator = letter.kind != LetterKind::confirm;
      token.expires = job.now + (token.moderator ? kModeratorsTime : about.list->guard.confirm_within);
      if (letter.kind == LetterKind::storm) {
        token.thread = posting.thread;
      } else {
        token.posting = posting.id;
      }
      if (auto added = add_token(job, *about.list, std::move(token), facts); !added) return added;
    }
    auto posted = post_letter(job, name_of(letter.kind), facts, letter.to, *about.list,
                              "about posting " + facts.posting);
    if (!posted) return posted;
  }
  return {};
}

Result<void> write_outcome(WriteJob& job, const lists::List& list, const mail::Address& to,
                           const std::string& subject, const std::string& in_reply_to,
                           const std::string& outcome, bool next_command) {
  LetterFacts facts = facts_of(list, to);
  facts.subject = subject;
  facts.message_id = in_reply_to;
  facts.outcome = outcome;
  if (next_command) {
    store::Token token;
    token.person = to.key;
    token.list = job.running.lists.at(list.address()).id;
    token.moderator = true;
    token.expires = job.now + kModeratorsTime;
    if (auto added = add_token(job, list, std::move(token), facts); !added) return added;
  }
  return post_letter(job, "outcome", facts, to, list, "answer to a command by mail");
}

Result<bool> write_to_author(WriteJob& job, const store::Posting& posting, std::string_view letter,
                             const std::string& reason) {
  const auto list = job.running.lists_by_id.find(posting.list);
  const auto author = mail::parse_address(posting.sender);
  const auto path = mail::parse_address(posting.reverse_path);
  if (list == job.running.lists_by_id.end() || !author || !path || author->key != path->key) return false;
  auto bytes = store::message_bytes(job.db, posting.message);
  if (!bytes) return bytes.error();
  LetterFacts facts = facts_of(*list->second, *author);
  facts.subject = posting.subject;
  facts.message_id = posting.message_id;
  facts.excerpt = mail::own_text(*bytes, storm::own_text_bytes);
  facts.reason = reason;
  auto posted = post_letter(job, letter, facts, *author, *list->second,
                            std::string(letter) + ": posting " + format_id(posting.id));
  if (!posted) return posted.error();
  return true;
}

}  // namespace breakwater::daemon
