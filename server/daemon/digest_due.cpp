#include "daemon/digest_due.h"

#include <algorithm>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "daemon/apart.h"
#include "daemon/digest_words.h"
#include "daemon/store_directory.h"
#include "lists/audience_parts.h"
#include "lists/digest_schedule.h"
#include "log/log.h"
#include "mail/digest.h"
#include "store/delivery.h"
#include "store/digest_newcomers.h"
#include "store/digests.h"
#include "store/directory.h"
#include "store/hold.h"

namespace breakwater::daemon {
namespace {

using lists::DeliveryMode;
using lists::DigestForm;

// Without lists that have no file, as in expansion (store_directory.cpp).
Result<store::Nesting> nesting_of(const WriteJob& job, ListId list) {
  return store::nesting(job.db, list, job.now,
                        [&](ListId one) { return job.running.lists_by_id.contains(one); });
}

struct Content {
  std::vector<std::string> messages;
  std::vector<PostingId> postings;    // of these messages
  std::vector<std::int64_t> numbers;  // of the same, ascending
  std::int64_t first = 0, last = 0;   // numbers of what was taken; it may be lost
};

Result<std::optional<Content>> next_content(store::Connection& db, ListId list,
                                            const lists::DigestPolicy& policy, std::int64_t after) {
  auto waiting = store::waiting_for_digest(db, list, after, policy.messages);
  if (!waiting) return waiting.error();
  if (waiting->empty()) return std::optional<Content>();
  std::vector<std::uint64_t> sizes;
  for (const store::WaitingPosting& one : *waiting) sizes.push_back(one.size);
  waiting->resize(lists::digest_takes(policy, sizes));
  Content content;
  content.first = waiting->front().number;
  content.last = waiting->back().number;
  for (const store::WaitingPosting& one : *waiting) {
    auto bytes = store::message_bytes(db, one.message);
    // One that is lost must not keep all that come after it from their readers.
    if (!bytes && bytes.error().fault == Fault::not_found) continue;
    if (!bytes) return bytes.error();
    content.messages.push_back(std::move(*bytes));
    content.postings.push_back(one.posting);
    content.numbers.push_back(one.number);
  }
  return std::optional(std::move(content));
}

// Without the first `skip` messages.
Result<void> post_digest(WriteJob& job, const lists::List& list, DigestForm form, const Content& content,
                         std::size_t skip, const lists::Audience& audience, std::string reason) {
  const auto messages = std::span(content.messages).subspan(skip);
  if (audience.recipients == 0 || messages.empty()) return {};
  const config::Config& config = *job.running.config;
  letters::Rendered words = digest_words(config, list, "member_digest", messages);
  mail::DigestFacts facts;
  facts.from = list.sub_address("owner");
  facts.to = list.address();
  facts.subject = words.subject;
  facts.text = std::move(words.text);
  facts.hostname = config.hostname;
  const std::string bytes = form == DigestForm::mime
                                ? mail::compose_digest(facts, messages, job.now, job.entropy++)
                                : mail::compose_plain_digest(facts, messages, job.now, job.entropy++);
  store::Posting row;
  row.id = PostingId{make_id(job.now, job.entropy++)};
  row.message = MessageId{row.id.value};
  row.kind = store::PostingKind::digest;
  row.list = job.running.lists.at(list.address()).id;
  row.list_address = list.address();
  row.sender = facts.from;
  row.subject = std::move(words.subject);
  row.verdict = "digest";
  if (form == DigestForm::plain) reason += ", as plain text";
  row.reason = reason + store::contents_text(std::span(content.postings).subspan(skip));
  row.received = job.now;
  row.size = static_cast<std::int64_t>(bytes.size());
  row.recipients = audience.recipients;
  if (auto added = store::add_message(job.db, {row.message, bytes, job.now}); !added) return added;
  if (auto added = store::add_posting(job.db, row, audience, job.now + config.retry.give_up_after); !added)
    return added;
  job.effects.digests.push_back({row.id, row.list_address, reason, messages.size(), audience.recipients});
  auto frozen = store::frozen(job.db, row.list);
  if (!frozen) return frozen.error();
  if (!*frozen) job.effects.opened.emplace_back(row.id, audience.recipients);  // else the thaw opens it
  return {};
}

std::string counted(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " posting" : " postings");
}

std::string_view words_of(lists::DigestTrigger trigger) {
  switch (trigger) {
    case lists::DigestTrigger::bytes: return "it had its size";
    case lists::DigestTrigger::messages: return "it had its number";
    case lists::DigestTrigger::daily: return "its time of day had come";
  }
  return "";
}

struct Due {
  ListId id;
  const lists::List* list = nullptr;
  std::string reason;
};

Result<std::optional<Due>> next_due(store::Connection& db, const Running& running, Instant now) {
  auto backlogs = store::digest_backlogs(db);
  if (!backlogs) return backlogs.error();
  for (const store::ListBacklog& one : *backlogs) {
    const auto list = running.lists_by_id.find(one.list);
    if (list == running.lists_by_id.end()) continue;  // its file may come back
    const lists::DigestPolicy& policy = list->second->digest;
    const auto trigger = lists::digest_due(policy, one.backlog, now);
    if (policy.enabled && !trigger) continue;
    auto frozen = store::frozen(db, one.list);
    if (!frozen) return frozen.error();
    if (*frozen) continue;
    auto put_off = store::is_put_off(db, one.list, now);
    if (!put_off) return put_off.error();
    if (*put_off) continue;
    std::string reason(trigger ? words_of(*trigger) : "the list has no digests any more");
    return std::optional(Due{one.list, list->second, std::move(reason)});
  }
  return std::optional<Due>();
}

struct Part {
  DigestForm form = DigestForm::mime;
  lists::Audience people;
};

// In one form. Who came while it was collected gets one without what went out before: they might be shown
// what was never meant for them. There are as many of these as moments between two messages in which somebody
// came, mostly none. `said`: of so many postings, the reason.
Result<void> post_in_parts(WriteJob& job, const lists::List& list, Part part, const store::Newcomers& came,
                           const Content& content, const std::function<std::string(std::size_t)>& said) {
  std::map<AddressId, std::size_t> left_out;
  for (const auto& [who, behind] : came) {
    const auto theirs = std::upper_bound(content.numbers.begin(), content.numbers.end(), behind);
    if (const auto skip = theirs - content.numbers.begin(); skip != 0) left_out.emplace(who, skip);
  }
  auto parts = lists::in_parts(std::move(part.people), left_out);
  if (!parts) return parts.error();
  for (const auto& [skip, people] : *parts) {
    auto posted =
        post_digest(job, list, part.form, content, skip, people, said(content.messages.size() - skip));
    if (!posted) return posted;
  }
  return {};
}

Result<void> write_digest(WriteJob& job, const Due& due) {
  const ListId id = due.id;
  const lists::List* list = due.list;
  auto content = next_content(job.db, id, list->digest, 0);
  if (!content) return content.error();
  if (!*content) return {};
  auto audience = StoreDirectory(job.db, job.running).digest_audience(*list);
  if (!audience) return audience.error();
  const auto said = [&](std::size_t messages) {
    return "digest of " + list->address() + ", " + counted(messages) + ": " + due.reason;
  };
  auto lists = nesting_of(job, id);
  if (!lists) return lists.error();
  auto came = store::digest_newcomers(job.db, *lists, (*content)->first);
  if (!came) return came.error();
  for (auto&& [form, people] :
       {std::pair{DigestForm::mime, &audience->mime}, {DigestForm::plain, &audience->plain}}) {
    auto posted = post_in_parts(job, *list, {form, std::move(*people)}, *came, **content, said);
    if (!posted) return posted;
  }
  if (auto ended = store::end_waiting(job.db, id, (*content)->last); !ended) return ended;
  return {};
}

struct Readers {
  DigestForm form = DigestForm::mime;
  std::vector<AddressId> ids;
  std::vector<mail::Address> people;  // the same
};

// Those who by no other membership have had each message as it came.
Result<Readers> without_each(WriteJob& job, const store::Nesting& lists, ListId changed, const Readers& all) {
  Readers found{all.form, {}, {}};
  for (std::size_t at = 0; at < all.ids.size(); ++at) {
    auto each = Result<bool>(false);
    for (const auto& [list, behind] : lists) {
      if (list == changed) continue;
      each = store::gets_each(job.db, list, all.ids[at], job.now);
      if (!each) return each.error();
      if (*each) break;
    }
    if (*each) continue;
    found.ids.push_back(all.ids[at]);
    found.people.push_back(all.people[at]);
  }
  return found;
}

// What waits that went out after they came.
Result<void> hand_over(WriteJob& job, const store::Nesting& lists, ListId outer, const lists::List& list,
                       const Readers& to) {
  if (to.ids.empty()) return {};
  store::Newcomers came;
  for (const AddressId id : to.ids) {
    auto behind = store::came_behind(job.db, lists, id);
    if (!behind) return behind.error();
    if (*behind) came.emplace(id, **behind);
  }
  auto audience = StoreDirectory(job.db, job.running).people(to.people);
  if (!audience) return audience.error();
  const std::string who =
      to.people.size() == 1 ? to.people.front().mailbox : std::to_string(to.people.size()) + " members";
  std::int64_t after = 0;
  for (;;) {
    auto content = next_content(job.db, outer, list.digest, after);
    if (!content) return content.error();
    if (!*content) return {};
    after = (*content)->last;
    auto posted = post_in_parts(job, list, {to.form, *audience}, came, **content, [&](std::size_t) {
      return "what waited when " + who + " changed to each message";
    });
    if (!posted) return posted;
  }
}

// By the form of their digests; where nobody has one, not at all.
Result<std::vector<Readers>> by_form(store::Connection& db, std::span<const store::FromDigest> people) {
  std::vector<Readers> found;
  for (const DigestForm form : {DigestForm::mime, DigestForm::plain}) {
    Readers readers{form, {}, {}};
    for (const store::FromDigest& one : people) {
      if (one.form != form) continue;
      auto address = store::address(db, one.id);
      if (!address) return address.error();
      if (!*address) continue;
      readers.ids.push_back(one.id);
      readers.people.push_back(std::move(**address));
    }
    if (!readers.people.empty()) found.push_back(std::move(readers));
  }
  return found;
}

}  // namespace

Result<void> keep_for_digest(WriteJob& job, const lists::List& list, const store::Posting& posting,
                             std::vector<ListId> lists) {
  if (!list.digest.enabled) return {};
  const ListId id = job.running.lists.at(list.address()).id;
  if (lists.empty()) {
    auto nested = nesting_of(job, id);
    if (!nested) return nested.error();
    for (const auto& [one, behind] : *nested) lists.push_back(one);
  }
  for (const ListId one : lists) {
    auto wanted = store::has_digest_members(job.db, one, job.now);
    if (!wanted) return wanted.error();
    if (*wanted) return store::await_digest(job.db, id, posting.id, posting.size, job.now);
  }
  return {};
}

Result<bool> digests_due(store::Connection& db, const Running& running, Instant now) {
  auto due = next_due(db, running, now);
  if (!due) return due.error();
  return due->has_value();
}

Result<bool> act_on_digests_due(WriteJob& job) {
  auto due = next_due(job.db, job.running, job.now);
  if (!due) return due.error();
  if (!*due) return false;
  auto written = apart(job, [&] { return write_digest(job, **due); });
  if (!written && store::is_of_one(written.error())) {
    log::event(log::Level::error, "digest_put_off",
               {{"list", (*due)->list->address()},
                {"reason", written.error().what},
                {"advice", "tried again in ten minutes; what waits for it is kept"}});
    written = store::put_off_digest(job.db, (*due)->id, job.now + store::kDigestAgain);
  }
  if (!written) return written.error();
  return true;
}

Result<void> hand_over_waiting(WriteJob& job, ListId list, std::span<const store::FromDigest> people) {
  if (people.empty()) return {};
  auto backlogs = store::digest_backlogs(job.db);
  if (!backlogs) return backlogs.error();
  if (backlogs->empty()) return {};
  auto readers = by_form(job.db, people);
  if (!readers) return readers.error();
  for (const store::ListBacklog& one : *backlogs) {
    const auto known = job.running.lists_by_id.find(one.list);
    if (known == job.running.lists_by_id.end()) continue;
    auto lists = nesting_of(job, one.list);
    if (!lists) return lists.error();
    if (!lists->contains(list)) continue;
    for (const Readers& of_form : *readers) {
      auto heirs = without_each(job, *lists, list, of_form);
      if (!heirs) return heirs.error();
      auto handed = hand_over(job, *lists, one.list, *known->second, *heirs);
      if (!handed) return handed;
    }
  }
  return {};
}

Result<std::optional<lists::Delivery>> change_delivery(WriteJob& job, ListId list, AddressId address,
                                                       const lists::DeliveryWish& wish) {
  auto before = store::delivery(job.db, list, address);
  if (!before || !*before) return before;
  const lists::Delivery after = lists::with_wish(**before, wish, job.now);
  if (auto set = store::set_delivery(job.db, list, address, after); !set) return set.error();
  if (lists::mode_at(**before, job.now) != DeliveryMode::digest || after.mode != DeliveryMode::each)
    return std::optional(after);
  const store::FromDigest from{address, (*before)->form};
  if (auto handed = hand_over_waiting(job, list, {&from, 1}); !handed) return handed.error();
  return std::optional(after);
}

}  // namespace breakwater::daemon
