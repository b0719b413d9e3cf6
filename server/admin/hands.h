// The hands: what a person can do with a list or a posting in a storm. One order, whoever gives it and by
// whatever way: the command line, a mail, later the console. Every order that changes something is in the
// audit trail with its reason.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "lists/delivery_mode.h"
#include "lists/roles.h"
#include "terms/ids.h"
#include "terms/result.h"

namespace breakwater::store {
class Connection;
struct MembersChange;
}  // namespace breakwater::store

namespace breakwater::admin {

enum class Hand {
  freeze,            // a list: its fan-outs stop, what comes in is held
  thaw,              // a list: fan-outs go on; its breakers are closed
  recall,            // a posting: every copy not yet handed over is cancelled
  release,           // held: to the list after all
  discard,           // held: to nobody
  reject,            // held: to nobody, and its author reads why
  divert,            // held: to the author of the message it answers
  confirm_audience,  // a list: its audience is as it should be
  hold_all,          // a list, or all: everything that comes waits for a moderator
  end_hold_all,
};
std::string_view name_of(Hand hand);
// What the table of roles calls it; `all`: of all lists.
lists::Action action_of(Hand hand, bool all);

struct Order {
  Hand hand = Hand::release;
  PostingId posting;  // or 0, and then list (and thread): all that are held there
  ListId list;
  std::string list_address;
  std::string thread;
  bool digest = false;  // release: as one digest
  std::string actor, reason;
  // Empty: an administrator, whose word is enough. Else the key of a moderator: counts as one approval.
  std::string moderator;
};

struct Outcome {
  std::int64_t postings = 0, recipients = 0;
  std::string message;  // a sentence: what was done, what is still wanted
};

// What an administrator does about who is on a list (lists/subscription.h), or an owner by mail.
enum class MemberHand { invite, approve, reject, ban, unban, add, remove, set_delivery };
std::string_view name_of(MemberHand hand);
lists::Action action_of(MemberHand hand);
struct MemberOrder {
  MemberHand hand = MemberHand::invite;
  std::string list_address;
  std::string who;  // an address; of bans also "@example.org" (lists/ban.h)
  std::string actor, reason;
  lists::DeliveryWish delivery{};                 // of set_delivery
  lists::Rank rank = lists::Rank::administrator;  // of who orders it
  std::string name{};                             // of add: the person's; empty: none, or as it was
  std::string message_id{};                       // of the mail by which it came; empty: by none
};

class Hands {
 public:
  virtual ~Hands() = default;
  // Blocks on the store. Errors: Fault::not_found, Fault::invalid (the posting is not held), those of the
  // store.
  virtual Result<Outcome> carry_out(const Order& order) = 0;
  // The same; a sentence that says what was done.
  virtual Result<std::string> change_membership(const MemberOrder& order) = 0;
  // `put` writes members' rows of the list, in a write job. Who changes by that from digests to each message
  // gets at once what waits for them, in the same job.
  using PutMembers = std::function<Result<store::MembersChange>(store::Connection&)>;
  virtual Result<void> put_members(const std::string& list_address, const PutMembers& put) = 0;
};

}  // namespace breakwater::admin
