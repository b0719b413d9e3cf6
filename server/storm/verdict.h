// What the guard is told of a posting, and what it says of it. Values only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "terms/ids.h"
#include "terms/instant.h"

namespace breakwater::storm {

// What is known of a posting when the verdict is given. Texts are UTF-8 and data from outside.
struct Facts {
  ListId list;
  std::string sender;                   // key of the author's address (mail::Address::key)
  std::string message_id;               // with <>
  std::string in_reply_to;              // a Message-ID with <>, or empty
  std::vector<std::string> references;  // oldest first, at most the last 20
  std::string subject;                  // decoded, one line
  std::string body;                     // what the sender wrote themselves: no quotes; at most own_text_bytes
  std::string frozen;                   // why an operator froze the list; empty: it is not
  std::string suspect;        // the reason of the machine sign (machine.h), certain or not; empty: none
  bool automatic = false;     // the sign is certain: a header says that a program wrote it
  std::int64_t audience = 0;  // recipients, nested lists resolved, each once
  bool trusted = false;       // the sender is a moderator or owner of the list
  bool confirmed = false;     // the sender has confirmed this very posting
};
constexpr std::size_t own_text_bytes = 1000;

enum class Verdict {
  distribute,
  confirm,  // ask the sender first
  hold,     // keep for a moderator
  divert,   // to the author of the parent only
  defer,    // over budget: keep, send later
  refuse,   // 5xx in the session
  discard,  // a loop or a duplicate: logged
};
std::string_view name_of(Verdict verdict);  // "distribute"
std::optional<Verdict> verdict_of(std::string_view name);

// The line of defence that a verdict comes from, in the order in which a posting meets them.
enum class Defence {
  none,
  machine,
  rule,        // of the list's file
  moderation,  // of the sender, by the list's default, or of everything
  freeze,
  standing,
  drift,
  leave_request,
  reply_policy,
  breaker,
  limiter
};
std::string_view name_of(Defence defence);

struct Judgement {
  Verdict verdict = Verdict::distribute;
  Defence defence = Defence::none;
  std::string reason;            // a sentence for a person: what, by how much, what lifts it
  std::string thread;            // key of its thread; names it in listings and hands
  int approvals = 0;             // hold: how many moderators must release it; 0: one person of any standing
  std::optional<Instant> until;  // defer: when it goes out; breaker: the next probe
  bool opened = false;           // the breaker opened (or opened again) by this posting: owners are told
  bool wants_to_leave = false;   // "remove me": answered privately
};

}  // namespace breakwater::storm
