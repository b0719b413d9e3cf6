#include "storm/threads.h"

#include <algorithm>

#include "mail/ascii.h"
#include "mail/message.h"

namespace breakwater::storm {
namespace {

using Found = std::optional<Thread>;

Result<Found> thread_at(ListId list, const std::string& key, Memory& memory, Instant now) {
  auto stored = memory.get(list, Kind::thread, key, now);
  if (!stored) return stored.error();
  return *stored ? Thread::decode(key, **stored) : Found();
}

// By a record that names its thread: a Message-ID or a subject.
Result<Found> thread_named(ListId list, Kind kind, const std::string& key, Memory& memory, Instant now) {
  auto stored = memory.get(list, kind, key, now);
  if (!stored) return stored.error();
  return *stored ? thread_at(list, **stored, memory, now) : Result<Found>(Found());
}

// The messages it says it answers, the nearest first, and few: a header costs no more than five lookups.
std::vector<std::string_view> ancestors(const Facts& facts) {
  constexpr std::size_t kMost = 5;
  std::vector<std::string_view> ids;
  const auto add = [&](std::string_view id) {
    if (!id.empty() && ids.size() < kMost && std::find(ids.begin(), ids.end(), id) == ids.end()) {
      ids.push_back(id);
    }
  };
  add(facts.in_reply_to);
  if (!facts.references.empty()) {
    add(facts.references.back());
    add(facts.references.front());
  }
  for (auto id = facts.references.rbegin(); id != facts.references.rend(); ++id) add(*id);
  return ids;
}

// The first message of the thread, as far as the headers say; empty: there is none before.
std::string_view root_of(const Facts& facts) {
  return facts.references.empty() ? std::string_view(facts.in_reply_to)
                                  : std::string_view(facts.references.front());
}

Result<Found> by_headers(const Facts& facts, Memory& memory, Instant now) {
  for (const std::string_view id : ancestors(facts)) {
    auto found = thread_named(facts.list, Kind::message, digest(id), memory, now);
    if (!found || *found) return found;
  }
  // Others answered the same message, which was never here.
  if (root_of(facts).empty()) return Found();
  return thread_at(facts.list, digest(root_of(facts)), memory, now);
}

// "Automatic reply: X" in whatever language: when X is known, what stands before the colon is a marker.
std::string_view behind_colon(std::string_view subject) {
  constexpr std::size_t kLongestMarker = 40;
  const std::size_t ascii = subject.find(':');
  const std::size_t wide = subject.find("：");
  if (std::min(ascii, wide) > kLongestMarker) return {};
  return mail::trimmed(subject.substr(ascii < wide ? ascii + 1 : wide + std::string_view("：").size()));
}

Result<Found> by_subject(const Facts& facts, Place& place, Memory& memory, Instant now) {
  const mail::BaseSubject base = mail::base_subject(facts.subject);
  place.subject = digest(base.text);
  auto found = thread_named(facts.list, Kind::subject, place.subject, memory, now);
  if (!found) return found;
  if (*found) {
    place.reply = base.marked;
    return found;
  }
  const std::string_view rest = behind_colon(base.text);
  if (rest.empty()) return found;
  const std::string key = digest(rest);
  found = thread_named(facts.list, Kind::subject, key, memory, now);
  if (!found || !*found) return found;
  place.reply = true;
  place.subject = key;
  return found;
}

}  // namespace

Result<Place> find_thread(const Facts& facts, Memory& memory, Instant now) {
  Place place;
  auto named = by_subject(facts, place, memory, now);
  if (!named) return named.error();
  auto answered = by_headers(facts, memory, now);
  if (!answered) return answered.error();
  if (*answered) {
    place.thread = std::move(**answered);
    place.reply = true;
  } else if (*named) {
    place.thread = std::move(**named);
  } else {
    place.first = true;
    place.reply = false;
    const std::string_view root = root_of(facts);
    place.thread.key = digest(root.empty() ? std::string_view(facts.message_id) : root);
    place.thread.subject = facts.subject;
    place.thread.began = now;
    // Who answers what was never here has not started it.
    if (root.empty()) place.thread.starter = short_digest(facts.sender);
  }
  return place;
}

Result<void> remember(const Facts& facts, const Place& place, Memory& memory, Instant now) {
  const std::string& key = place.thread.key;
  if (auto put = memory.put(facts.list, Kind::thread, key, place.thread.encode(), now); !put) return put;
  if (auto put = memory.put(facts.list, Kind::subject, place.subject, key, now); !put) return put;
  if (facts.message_id.empty()) return {};
  return memory.put(facts.list, Kind::message, digest(facts.message_id), key, now);
}

}  // namespace breakwater::storm
