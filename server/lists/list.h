// What a list is: its settings as its file states them, checked. Filled by config/; immutable once loaded,
// shared by every thread as part of a configuration snapshot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lists/bounce_score.h"
#include "lists/digest_schedule.h"
#include "lists/list_sync.h"
#include "lists/moderation_rules.h"
#include "storm/policy.h"

namespace breakwater::lists {

enum class Role { member = 0, moderator = 1, owner = 2 };    // values are stored
enum class DeliveryMode { each = 0, none = 1, digest = 2 };  // values are stored; delivery_mode.h

// Who may post: `anyone`; `members` (any role); `moderators` (and owners); `nobody` but those in `posters`.
enum class PostPolicy { anyone, members, moderators, nobody };

// Who joins by asking, and how (subscription.h). confirm: double opt-in, by the address itself.
// confirm_approve: that first, then a moderator.
enum class JoinPolicy { open, confirm, approve, confirm_approve, closed };
enum class LeavePolicy { free, confirm };

// Where a reply goes, by the Reply-To on the copies: left as the sender wrote it; to the list; to an address.
enum class ReplyPolicy { sender, list, address };

// One envelope for many recipients, or one for each (VERP: the bounce names the member by itself).
enum class FanOut { batch, individual };

struct List {
  std::string name;    // local part, lower case
  std::string domain;  // A-labels, lower case
  std::string description;
  std::string language;             // of the letters that it writes; one that has templates
  std::vector<std::string> owners;  // addresses, as written
  PostPolicy post = PostPolicy::members;
  std::vector<std::string> posters;  // may post whatever the policy says
  JoinPolicy join = JoinPolicy::confirm;
  LeavePolicy leave = LeavePolicy::free;
  Moderate moderate = Moderate::nobody;
  std::vector<Rule> rules;  // first match wins
  ReplyPolicy reply = ReplyPolicy::sender;
  std::string reply_address;   // with ReplyPolicy::address
  std::string subject_prefix;  // "[name] " or empty
  std::string footer;          // text added to the end of the body; empty: body bytes stay untouched
  std::string archive_url;     // List-Archive; empty: none
  std::string help_url;        // List-Help besides the -request address; empty: none
  std::uint64_t max_message_bytes = 10 * 1024 * 1024;
  FanOut fan_out = FanOut::batch;
  storm::Policy guard;
  BouncePolicy bounces;
  DigestPolicy digest;
  ListSync sync;

  std::string address() const { return name + "@" + domain; }
  std::string sub_address(const std::string& suffix) const { return name + "-" + suffix + "@" + domain; }
};

}  // namespace breakwater::lists
