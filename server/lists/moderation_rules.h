// The rules in a list's file: which postings are held, refused or discarded before anybody gets them; first
// match wins. Pure. Rules are compiled once, when the configuration is read, and shared by all threads:
// immutable, their patterns too. Patterns are RE2's, which take linear time whatever they and the text are.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/attachments.h"
#include "mail/header_block.h"
#include "terms/result.h"

namespace re2 {
class RE2;
}

namespace breakwater::lists {

enum class RuleAction { hold, refuse, discard };

// A regular expression, found anywhere in the text unless it says ^ and $, without regard to case.
class Pattern {
 public:
  // Errors: Fault::invalid with what is wrong and where; also one that would need more than a megabyte.
  static Result<Pattern> compile(std::string_view text);
  bool found_in(std::string_view text) const;
  const std::string& text() const;

 private:
  std::shared_ptr<const re2::RE2> compiled_;
};

// A rule as the file writes it. All conditions that are stated must hold; one at least is.
struct RuleText {
  std::string sender;  // pattern, on the address in From as members are told apart (mail::Address::key)
  std::optional<std::uint64_t> larger_than;           // bytes of the message as it came
  std::optional<std::uint64_t> more_recipients_than;  // addresses in To and Cc together
  std::vector<std::string> attachments;  // "application/zip", "video/*", ".exe"; any part with any of them
  struct HeaderTest {
    std::string field, pattern;  // any field of that name, decoded, its first 8 KiB
  };
  std::vector<HeaderTest> headers;  // each of them
  bool first_post = false;          // nothing of the sender has gone to the list yet
  std::string action;               // "hold", "refuse", "discard"
  std::string reason;  // what the sender reads; of what is discarded, the log. Empty: one is made
};

class Rule {
 public:
  // Errors: Fault::invalid naming the condition.
  static Result<Rule> compile(const RuleText& text);
  RuleAction action() const { return action_; }
  const std::string& reason() const { return reason_; }

 private:
  friend std::optional<struct RuleMatch> evaluate(const std::vector<Rule>&, const struct MessageFacts&);
  friend bool asks_for_first_post(const std::vector<Rule>& rules);
  friend struct MessageFacts facts_of(const std::vector<Rule>&, std::string_view, const mail::HeaderBlock&,
                                      std::string, bool);
  bool matches(const struct MessageFacts& facts) const;

  struct HeaderPattern {
    std::string field;
    Pattern pattern;
  };
  std::optional<Pattern> sender_;
  std::optional<std::uint64_t> larger_than_, more_recipients_than_;
  std::vector<std::string> attachments_;
  std::vector<HeaderPattern> headers_;
  bool first_post_ = false;
  RuleAction action_ = RuleAction::hold;
  std::string reason_;
};

// What rules look at. Views: the message must outlive it.
struct MessageFacts {
  std::string sender;
  std::uint64_t bytes = 0;
  std::uint64_t recipients = 0;
  mail::MessageParts parts;
  const mail::HeaderBlock* header = nullptr;
  bool first_post = false;
};
// What these rules look at, and no more: most lists ask for no attachments. `block`: of that message.
// `sender`: mail::Address::key of its author.
MessageFacts facts_of(const std::vector<Rule>& rules, std::string_view message,
                      const mail::HeaderBlock& block, std::string sender, bool first_post);
bool asks_for_first_post(const std::vector<Rule>& rules);
// In To and Cc; where a field cannot be read, the '@' signs in it.
std::uint64_t named_recipients(const mail::HeaderBlock& block);

struct RuleMatch {
  RuleAction action = RuleAction::hold;
  std::string reason;
  std::size_t rule = 0;  // which, from 0; of none of them: rules.size()
};

// The first that matches; nullopt: none does. A part that cannot be told (MessageParts::whole) matches any
// condition on attachments: else a message made oddly enough would carry anything.
std::optional<RuleMatch> evaluate(const std::vector<Rule>& rules, const MessageFacts& facts);

// Of a member: held always, never, or as the list's file says for all.
enum class SenderModeration { by_list = 0, always = 1, never = 2 };  // values are stored

// The default in the list's file: whose messages a moderator looks at first.
enum class Moderate { nobody, newcomers, members, everybody };

struct ModerationState {
  bool emergency = false;  // of this list or of all: everything is held, also what moderators send
  Moderate by_default = Moderate::nobody;
  bool newcomer = false;  // nothing of the sender has gone to the list yet
  bool staff = false;     // a moderator or owner who is known to be one, or named in `posters`
  SenderModeration sender = SenderModeration::by_list;
};

// Rules first: what they refuse need not wait for anybody. Then the emergency, then a rule that holds, then
// the sender's own setting. `never` is about the list's default only, not about rules.
std::optional<RuleMatch> moderate(const std::vector<Rule>& rules, const MessageFacts& facts,
                                  const ModerationState& state);

}  // namespace breakwater::lists
