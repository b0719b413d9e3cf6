#include "cli/score_card.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <cstdio>

#include "cli/print.h"

namespace breakwater::cli {
namespace {

namespace json = boost::json;

double ms(std::uint64_t us) { return static_cast<double>(us) / 1000; }

std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return {};
  char text[32];
  std::snprintf(text, sizeof text, " (%.1f %%)",
                100 * static_cast<double>(part) / static_cast<double>(whole));
  return text;
}

std::string line(const char* name, const std::string& value) {
  std::string made = std::string("  ") + name;
  made.resize(std::max<std::size_t>(made.size() + 1, 24), ' ');
  return made + value + "\n";
}

std::string number(std::uint64_t value) {
  std::string text = with_commas(value);
  return std::string(text.size() < 12 ? 12 - text.size() : 0, ' ') + text;
}

std::string latency_line(const OrdinaryMail::Phase& phase) {
  return "p50 " + ms_text(phase.latency.percentile_us(50)) + ", p99 " +
         ms_text(phase.latency.percentile_us(99)) + ", max " + ms_text(phase.latency.max_us()) + " (" +
         counted(phase.arrived, "message") + ")";
}

json::object phase_json(const OrdinaryMail::Phase& phase) {
  return {{"posted", phase.posted},
          {"arrived", phase.arrived},
          {"delayed", phase.delayed},
          {"p50_ms", ms(phase.latency.percentile_us(50))},
          {"p99_ms", ms(phase.latency.percentile_us(99))},
          {"max_ms", ms(phase.latency.max_us())}};
}

}  // namespace

std::string ms_text(std::uint64_t us) {
  char text[32];
  std::snprintf(text, sizeof text, us < 100'000 ? "%.1f ms" : "%.0f ms", ms(us));
  return text;
}

bool ScoreCard::sound() const {
  return unaccounted == 0 && failed == 0 && ordinary.refused == 0 && ordinary.before.missing() == 0 &&
         ordinary.during.missing() == 0;
}

std::string score_text(const ScoreCard& card) {
  const std::uint64_t replies = card.messages > 0 ? card.messages - 1 : 0;
  const std::uint64_t delayed = card.ordinary.before.delayed + card.ordinary.during.delayed;
  const std::uint64_t missing = card.ordinary.before.missing() + card.ordinary.during.missing();
  std::string text = card.storm + ": " + counted(card.messages, "message") + " to " +
                     with_commas(card.members) + " people, " +
                     counted(static_cast<std::uint64_t>(card.minutes), "minute") + " played in " +
                     std::to_string(card.seconds) + " s\n\n";
  text += line("a plain list", number(card.plain_deliveries()) + " deliveries");
  text += line("Breakwater", number(card.deliveries) + " deliveries");
  text += line("spared", number(card.spared()) + percent(card.spared(), card.plain_deliveries()));
  text += "\n" + line("first message", card.first_sent ? "sent to everybody, " + card.first_how : "not sent");
  text += line("replies", with_commas(replies) + ": " + with_commas(card.let_through) + " let through, " +
                              with_commas(card.diverted) + " to one author each, " + with_commas(card.held) +
                              " held, " + with_commas(card.refused) + " refused in the session");
  text += line("every 250", card.unaccounted == 0 ? with_commas(card.accepted) + " given, " +
                                                        with_commas(card.accepted) + " accounted for"
                                                  : with_commas(card.unaccounted) + " of " +
                                                        with_commas(card.accepted) + " NOT accounted for");
  text += line("breaker", card.breaker);
  text += line("letters", with_commas(card.letters) + " from the server to people");
  text += "\n" + line("ordinary mail before", latency_line(card.ordinary.before));
  text += line("in the storm", latency_line(card.ordinary.during));
  text += line("delayed over 1 s", with_commas(delayed) + ", missing " + with_commas(missing));
  char peak[32];
  std::snprintf(peak, sizeof peak, "%.1f MB at its peak", card.server_peak_mb);
  text += line("server's memory", peak);
  if (card.failed > 0) text += line("not answered", with_commas(card.failed) + " messages");
  if (card.ordinary.refused > 0)
    text += line("ordinary refused",
                 with_commas(card.ordinary.refused) + ": " + terminal_text(card.ordinary.first_refusal));
  return text;
}

json::object score_json(const ScoreCard& card) {
  return {{"storm", card.storm},
          {"members", card.members},
          {"seed", card.seed},
          {"minutes", card.minutes},
          {"seconds", card.seconds},
          {"messages", card.messages},
          {"accepted", card.accepted},
          {"unaccounted", card.unaccounted},
          {"plain_deliveries", card.plain_deliveries()},
          {"deliveries", card.deliveries},
          {"spared", card.spared()},
          {"first_message_sent", card.first_sent},
          {"let_through", card.let_through},
          {"diverted", card.diverted},
          {"held", card.held},
          {"discarded", card.discarded},
          {"refused", card.refused},
          {"failed", card.failed},
          {"letters", card.letters},
          {"ordinary_before", phase_json(card.ordinary.before)},
          {"ordinary_during", phase_json(card.ordinary.during)},
          {"ordinary_refused", card.ordinary.refused},
          {"peak_rss_mb", card.server_peak_mb},
          {"sound", card.sound()}};
}

}  // namespace breakwater::cli
