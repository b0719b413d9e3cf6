#include "mail/bounce_text.h"

#include <algorithm>
#include <array>

#include "mail/ascii.h"
#include "mail/bounce_words.h"
#include "mail/utf8.h"

namespace breakwater::mail {
namespace {

constexpr std::size_t kMaxLines = 8000;
constexpr std::size_t kMaxLine = 2000;
constexpr std::size_t kMaxRecipients = 1000;
constexpr std::size_t kSection = 14;  // lines that explain an address

struct Line {
  std::string shown, key;
  bool blank = false;
};

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  while (!text.empty() && lines.size() < kMaxLines) {
    const auto end = text.find('\n');
    std::string_view raw = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    Line line;
    line.shown = printable(raw.substr(0, kMaxLine), kMaxLine);
    line.shown.erase(line.shown.find_last_not_of(' ') + 1);  // CR has become one
    line.key = phrase_key(line.shown);
    line.blank = trimmed(line.key).empty();
    lines.push_back(std::move(line));
  }
  return lines;
}

// How surely the text says that the address failed.
enum class Rank { none, alone, with_reason, labelled, leading };

struct Mention {
  FoundAddress found;
  std::size_t line = 0;
  Rank rank = Rank::none;
};

std::string_view without_marks(std::string_view text, std::string_view marks) {
  const auto last = text.find_last_not_of(marks);
  return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

// Local parts that belong to whoever runs the server: named for help far more often than for failing.
bool is_office(std::string_view address) {
  constexpr auto kOffices =
      std::to_array<std::string_view>({"postmaster", "mailer-daemon", "abuse", "support", "helpdesk", "help",
                                       "mail-daemon", "noreply", "no-reply", "hostmaster", "mailmaster",
                                       "security", "servicedesk", "mailer_daemon", "mailadmin", "mdaemon"});
  const std::string local = lower(address.substr(0, address.rfind('@')));
  return std::find(kOffices.begin(), kOffices.end(), local) != kOffices.end();
}

class Reader {
 public:
  Reader(const BounceSource& source, std::string_view text) : source_(source), lines_(lines_of(text)) {}

  std::vector<BouncedRecipient> read() {
    collect();
    choose();
    if (taken_.empty()) collect_local();
    if (taken_.empty()) take_own();
    return std::move(taken_);
  }

 private:
  void collect() {
    for (std::size_t at = 0; at < lines_.size(); ++at) {
      const Line& line = lines_[at];
      failed_ = failed_ || says(line.key, Phrases::failure);
      if (says(line.key, Phrases::success) && !says(line.key, Phrases::hard_word)) continue;
      if (is_field_of_original(at)) continue;
      cpanel_quota(at);
      bool first = true;
      for (auto& found : addresses_in(line.shown)) {
        if (mentions_.size() >= kMaxRecipients * 4) return;
        Mention mention{std::move(found), at, Rank::none};
        mention.rank = rank(mention, first);
        if (mention.rank == Rank::none && !first) continue;
        first = false;
        if (mention.rank == Rank::none) continue;
        replace_by_alias(mention);
        mentions_.push_back(std::move(mention));
      }
    }
  }

  // "<final@a> (expanded from <member@b>)": the sender knows the second.
  void replace_by_alias(Mention& mention) {
    const auto alias_of = [](std::string_view shown) -> std::optional<std::string> {
      const std::string key = lower(shown);
      for (const std::string_view word : {"(expanded from", "(generated from", "original address:"}) {
        const auto at = key.find(word);
        if (at == std::string::npos) continue;
        auto found = addresses_in(shown.substr(at));
        if (!found.empty()) return std::move(found.front().address);
      }
      return std::nullopt;
    };
    auto alias = alias_of(std::string_view(lines_[mention.line].shown).substr(mention.found.end));
    const bool next = mention.line + 1 < lines_.size();
    if (!alias && next) {
      const std::string_view key = trimmed(lines_[mention.line + 1].key);
      if (key.starts_with("(") || key.starts_with("original address")) {
        alias = alias_of(lines_[mention.line + 1].shown);
      }
    }
    if (alias) mention.found.address = std::move(*alias);
  }

  // A To field that stands with a Subject or a Date: what was sent, not what failed.
  bool is_field_of_original(std::size_t at) const {
    const std::string_view key = trimmed(lines_[at].key);
    if (!key.starts_with("to:") && !key.starts_with("an:") && !key.starts_with("a :") &&
        !key.starts_with("para:") && !key.starts_with("cc:")) {
      return false;
    }
    for (std::size_t near = at > 3 ? at - 3 : 0; near < std::min(at + 4, lines_.size()); ++near) {
      const std::string_view other = trimmed(lines_[near].key);
      for (const std::string_view name :
           {"subject:", "date:", "sent:", "from:", "betreff:", "gesendet:", "objet",
            "asunto:", "message-id:", "envoye", "enviado", "oggetto"}) {
        if (other.starts_with(name)) return true;
      }
    }
    return false;
  }

  Rank rank(const Mention& mention, bool first) {
    const Line& line = lines_[mention.line];
    const std::string_view shown = line.shown;
    std::string before = phrase_key(shown.substr(0, mention.found.begin));
    const std::string after = phrase_key(shown.substr(mention.found.end));
    const std::string_view plain = without_marks(before, " <\"'[(*>-|:=\xE2\x80\xA2");
    const bool leads = plain.find_first_not_of(" 0123456789.)#") == std::string_view::npos;
    std::string context(without_marks(before, " <\"'[(|>*"));
    const bool wrapped = leads && mention.line > 0 && !lines_[mention.line - 1].blank;
    if (wrapped) context = without_marks(lines_[mention.line - 1].key, " ");
    if (trimmed(before).starts_with("(expanded from")) return Rank::leading;
    if (stands_for_hidden(mention.line, before)) return Rank::leading;
    if (ends_with(context, Phrases::not_it)) return Rank::none;
    if (leads && !wrapped && names_sender(mention.line)) return Rank::none;
    const std::string_view sentence =
        std::string_view(context).substr(context.size() - std::min<std::size_t>(context.size(), 110));
    const auto stop = sentence.rfind(". ");
    const std::string_view part = stop == std::string_view::npos ? sentence : sentence.substr(stop);
    if (!leads && says(part, Phrases::not_it_near)) return Rank::none;
    if (wrapped && !context.ends_with(':') && says(part, Phrases::not_it_near)) return Rank::none;
    if (is_message_id(mention, before)) return Rank::none;
    if (first && leads && is_leading_end(after))
      return failed_ || fails_soon(mention.line) ? Rank::leading : Rank::alone;
    if (before.find("550") != std::string::npos && before.find("...") != std::string::npos)
      return Rank::alone;
    const bool labelled = ends_with(context, Phrases::label) ||
                          ends_with(without_marks(context, ":"), Phrases::label) ||
                          ends_with_colon_after_failure(context);
    if (labelled) return Rank::labelled;
    if (begins_reason(after)) return Rank::labelled;
    if (says(line.key, Phrases::reason)) return Rank::with_reason;
    return Rank::alone;
  }

  // "A message sent by", and its sender two lines further down.
  bool names_sender(std::size_t line) const {
    while (line > 0 && lines_[--line].blank) continue;
    const std::string_view key = without_marks(lines_[line].key, " :");
    return key.ends_with("message sent by") || key.ends_with("message from");
  }

  // "an undisclosed address / (generated from member@b)": the line before names nobody.
  bool stands_for_hidden(std::size_t line, std::string_view before) const {
    const std::string_view key = trimmed(before);
    return line > 0 &&
           (key.starts_with("(generated from") || key.starts_with("(ultimately generated from")) &&
           !lines_[line - 1].blank && addresses_in(lines_[line - 1].shown).empty();
  }

  static bool ends_with_colon_after_failure(std::string_view context) {
    return context.ends_with(':') && says(context, Phrases::failure);
  }

  bool fails_soon(std::size_t from) const {
    for (std::size_t at = from; at < std::min(from + 6, lines_.size()); ++at) {
      if (says(lines_[at].key, Phrases::failure)) return true;
    }
    return false;
  }

  // What may stand behind an address that begins a line of a list of failures.
  static bool is_leading_end(std::string_view after) {
    const std::string_view rest = trimmed(after);
    const auto bare = rest.find_first_not_of(">\"')]:;,.*|- ");
    if (bare == std::string_view::npos) return true;
    const std::string_view tail = rest.substr(bare);
    if (rest.find(':') < bare || rest.find("...") < bare) return true;
    for (const std::string_view start :
         {"on ", "(", "#", "[", "<", "5", "4", "because", "host ", "said", "user ", "mailbox"}) {
      if (tail.starts_with(start)) return true;
    }
    return says(tail, Phrases::reason);
  }

  static bool begins_reason(std::string_view after) {
    const auto from = after.find_first_not_of(">\"')]:;,.*|- ");
    if (from == std::string_view::npos) return false;
    return says(after.substr(from, 40), Phrases::reason);
  }

  static bool is_message_id(const Mention& mention, std::string_view before) {
    if (before.ends_with("id <") || before.ends_with("id: <") || before.ends_with("id:<")) return true;
    const std::string_view local =
        std::string_view(mention.found.address).substr(0, mention.found.address.rfind('@'));
    const auto digits = std::count_if(local.begin(), local.end(), [](char c) { return is_digit(c); });
    return local.size() > 24 && digits > 11 && local.find('.') != std::string_view::npos;
  }

  bool is_own(const std::string& address) const {
    const std::string key = address_key(address);
    return std::find(source_.own.begin(), source_.own.end(), key) != source_.own.end();
  }

  // The surest mentions only; a report that has a list of failures also has transcripts that repeat them, and
  // name what stands behind an alias.
  void choose() {
    const auto usable = [&](const Mention& mention, bool office) {
      const bool helps = is_office(mention.found.address) && !is_listed(mention);
      return helps == office && !is_own(mention.found.address);
    };
    for (const bool office : {false, true}) {
      Rank best = Rank::none;
      for (const Mention& mention : mentions_) {
        if (usable(mention, office)) best = std::max(best, mention.rank);
      }
      if (office && best < Rank::labelled) break;
      for (const Mention& mention : mentions_) {
        if (usable(mention, office) && mention.rank == best && best != Rank::none)
          take(mention.found.address);
      }
      // Two bare addresses in running text: one of them is somebody else.
      if (best == Rank::alone && taken_.size() > 1) taken_.clear();
      if (!taken_.empty()) return;
    }
  }

  // A test mail to oneself.
  void take_own() {
    const bool daemon = says(source_.from_key, Phrases::daemon);
    for (const Mention& mention : mentions_) {
      const bool sure = daemon ? mention.rank >= Rank::labelled : is_listed(mention);
      if (sure && !is_office(mention.found.address)) take(mention.found.address);
    }
  }

  // In a list of failures even "support" is who was not reached.
  bool is_listed(const Mention& mention) const {
    if (mention.rank != Rank::leading) return false;
    for (std::size_t at = mention.line > 3 ? mention.line - 3 : 0; at < mention.line; ++at) {
      if (says(lines_[at].key, Phrases::undelivered) || says(lines_[at].key, Phrases::listing)) return true;
    }
    return false;
  }

  void take(const std::string& address) {
    if (taken_.size() >= kMaxRecipients) return;
    const std::string key = address_key(address);
    if (std::find(keys_.begin(), keys_.end(), key) != keys_.end()) return;
    keys_.push_back(key);
    taken_.push_back({address, std::nullopt, "", ""});
  }

  // "The message you sent to example.org/ann was rejected because it would exceed the quota": Exim at
  // hosters.
  void cpanel_quota(std::size_t at) {
    constexpr std::string_view kStart = "message you sent to ";
    const auto found = lines_[at].shown.find(kStart);
    if (found == std::string::npos) return;
    const std::string_view rest = std::string_view(lines_[at].shown).substr(found + kStart.size());
    const std::string_view word = rest.substr(0, rest.find(' '));
    const auto slash = word.find('/');
    if (slash == std::string_view::npos || word.find('@') != std::string_view::npos) return;
    for (auto& one :
         addresses_in(std::string(word.substr(slash + 1)) + "@" + std::string(word.substr(0, slash)))) {
      mentions_.push_back({std::move(one), at, Rank::labelled});
    }
  }

  // Old servers name their own users without the domain: "550 <ann>... User unknown", or in a list.
  void collect_local() {
    if (source_.from_domain.find('.') == std::string::npos || !failed_) return;
    bool listed = false;  // behind "could not be delivered to the following:"
    for (const Line& line : lines_) {
      if (line.blank) continue;
      const auto open = line.shown.find('<');
      const auto close = line.shown.find('>', open == std::string::npos ? line.shown.size() : open);
      if (close != std::string::npos) {
        const std::string before = phrase_key(trimmed(line.shown.substr(0, open)));
        const bool said = line.shown.compare(close + 1, 3, "...") == 0 || before.ends_with("recipient:") ||
                          before.ends_with("rcpt to:");
        if (said) take_local(std::string_view(line.shown).substr(open + 1, close - open - 1));
      }
      if (listed) {
        const std::string_view text = trimmed(line.shown);
        const auto end = text.find_first_of(" \t(");
        const bool parted = end == std::string_view::npos || text[end] != ' ' ||
                            text.substr(end, 2) == "  " || text.substr(end, 2) == " (";
        if (parted) take_local(text.substr(0, end));
      }
      listed = line.key.ends_with(':') && says(line.key, Phrases::failure) &&
               line.key.find("reason") == std::string::npos;
    }
  }

  void take_local(std::string_view local) {
    if (local.size() < 2 || local.size() > 64) return;
    // "example.de" is a domain.
    const auto dot = local.rfind('.');
    if (dot != std::string_view::npos && local.size() - dot <= 5) return;
    for (const auto& one : addresses_in(std::string(local) + "@" + source_.from_domain)) {
      if (one.begin == 0 && !is_office(one.address) && !is_own(one.address)) take(one.address);
    }
  }

  const BounceSource& source_;
  std::vector<Line> lines_;
  std::vector<Mention> mentions_;
  std::vector<BouncedRecipient> taken_;
  std::vector<std::string> keys_;
  bool failed_ = false;
};

// The lines that are about each of the addresses: from its mention up to that of another.
std::vector<std::string> sections_of(const std::vector<Line>& lines,
                                     const std::vector<BouncedRecipient>& all) {
  std::vector<std::string> names;
  for (const auto& one : all) names.push_back(address_key(one.address));
  std::vector<std::string> sections(all.size());
  std::size_t current = all.size(), left = 0;
  for (const Line& line : lines) {
    for (const auto& found : addresses_in(line.shown)) {
      const auto at = std::find(names.begin(), names.end(), address_key(found.address));
      if (at == names.end()) continue;
      current = static_cast<std::size_t>(at - names.begin());
      left = kSection;
      break;
    }
    if (current == all.size() || left == 0) continue;
    --left;
    if (sections[current].size() < 20'000) sections[current] += line.shown + " \n";
  }
  return sections;
}

// Without the addresses themselves: "user550@example.org" is no code.
std::string without_addresses(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    std::size_t from = 0;
    for (const auto& found : addresses_in(line)) {
      out += line.substr(from, found.begin - from);
      from = found.end;
    }
    out += line.substr(from);
    out += '\n';
  }
  return out;
}

// A field of a message header at the left edge, of those that reports have no use for themselves.
bool is_header_line(std::string_view key) {
  for (const std::string_view start : {"received: ", "return-path: ", "mime-version: ", "dkim-signature: ",
                                       "content-type: multipart", "> received: ", "x-mailer: "}) {
    if (key.starts_with(start)) return true;
  }
  return false;
}

bool is_any_field(std::string_view key) {
  const auto colon = key.find(':');
  return colon != std::string_view::npos && colon > 1 &&
         key.substr(0, colon).find(' ') == std::string_view::npos;
}

// A marker behind which there is an original: something was said above, or a header follows it.
bool begins_original(const std::vector<Line>& lines, std::size_t at, bool named, bool failed) {
  if (lines[at].key.size() >= 110 || !says(lines[at].key, Phrases::original)) return false;
  if (named) return true;
  std::size_t next = at + 1;
  while (next < lines.size() && next < at + 5 &&
         lines[next].key.find_first_not_of(" -=*_|") == std::string::npos) {
    ++next;
  }
  return failed && next < lines.size() && is_any_field(lines[next].key);
}

}  // namespace

std::string report_text(const BounceSource& source) {
  std::string out;
  const bool daemon = says(source.from_key, Phrases::daemon);
  const std::vector<Line> lines = lines_of(source.text);
  bool begun = false, named = false, failed = false;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    const Line& line = lines[at];
    // A header at the very top is the report's own, torn in two by a line that is no field.
    begun = begun || (!line.blank && !is_any_field(line.key));
    // Behind a line of a boundary that nothing names it is a part's own.
    const bool part =
        at > 0 && lines[at - 1].shown.starts_with("--") && line.key.starts_with("content-type: ");
    if (begun && !part && is_header_line(line.key)) break;
    if (begins_original(lines, at, named, failed)) break;
    // Where mail systems do not write it, people do.
    if (!daemon && line.key.size() < 200 && says(line.key, Phrases::forwarded)) break;
    named = named || !addresses_in(line.shown).empty();
    failed = failed || says(line.key, Phrases::failure) || says(line.key, Phrases::permanent_word);
    out += line.shown;
    out += '\n';
  }
  return out;
}

bool says_delayed(const BounceSource& source, std::string_view text) {
  if (begins_with(source.subject_key, Phrases::delay_subject)) return true;
  std::string flat;
  for (const Line& line : lines_of(text.substr(0, 4000))) flat += line.key + " ";
  // A report of both: each address has its own section.
  if (flat.find("permanent fatal error") != std::string::npos) return false;
  return says(phrase_key(flat), Phrases::delay);
}

void explain_by_text(const BounceSource& source, std::string_view text, bool delayed,
                     std::vector<BouncedRecipient>& recipients) {
  const bool final_subject = begins_with(source.subject_key, Phrases::bounce_subject);
  const auto sections = sections_of(lines_of(text), recipients);
  const std::string bare = without_addresses(text);
  const ReplyCodes all = codes_in(bare);
  const auto words = permanent_by_words(phrase_key(bare.substr(0, 3900)));
  for (std::size_t at = 0; at < recipients.size(); ++at) {
    BouncedRecipient& one = recipients[at];
    const std::string section = without_addresses(sections[at]);
    ReplyCodes codes = codes_in(section);
    const auto said = permanent_by_words(phrase_key(section.substr(0, 3900)));
    if (!codes.permanent() && (!said || recipients.size() == 1)) codes = all;
    if (one.status.empty() && !one.permanent) one.status = codes.status;
    if (one.permanent) continue;
    one.permanent = codes.permanent();
    if (!one.permanent) one.permanent = said ? said : words;
    // It came back, and nothing says that this may pass.
    if (!one.permanent && final_subject) one.permanent = true;
    if (delayed) {
      one.permanent = false;
      if (one.status.starts_with('5')) one.status.clear();
    }
  }
}

std::vector<BouncedRecipient> read_bounce_text(const BounceSource& source, std::string_view text) {
  auto found = Reader(source, text).read();
  explain_by_text(source, text, says_delayed(source, text), found);
  return found;
}

}  // namespace breakwater::mail
