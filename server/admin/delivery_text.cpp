// How a member gets mail, as it is written on the command line and in CSV files.
#include <algorithm>
#include <string>

#include "admin/request.h"
#include "lists/command_mail.h"

namespace breakwater::admin {
namespace {

using lists::Delivery;
using lists::DeliveryMode;
using lists::DeliveryWish;
using lists::DigestForm;

constexpr std::string_view kUntil = "none until ", kThen = " then ";

std::string_view word_of(DeliveryMode mode, DigestForm form) {
  switch (mode) {
    case DeliveryMode::each: return "each";
    case DeliveryMode::none: return "none";
    case DeliveryMode::digest: return form == DigestForm::plain ? "digest-plain" : "digest";
  }
  return "";
}

Result<Delivery> parse_word(std::string_view word) {
  for (const DeliveryMode mode : {DeliveryMode::each, DeliveryMode::none, DeliveryMode::digest}) {
    for (const DigestForm form : {DigestForm::mime, DigestForm::plain}) {
      if (word == word_of(mode, form)) return Delivery{mode, form, std::nullopt, DeliveryMode::each};
    }
  }
  return error(Fault::invalid, "unknown delivery '" + std::string(word) +
                                   "': each, digest, digest-plain, none or none until 2026-12-24");
}

// As in a command by mail, so that one word means one day everywhere.
std::optional<Instant> parse_day(std::string_view day) {
  const auto line = lists::read_command_line("set delivery none until " + std::string(day));
  return line && line->command && !line->command->about ? line->command->delivery.until : std::nullopt;
}

}  // namespace

Result<Delivery> parse_delivery(std::string_view text) {
  if (!text.starts_with(kUntil)) return parse_word(text);
  const std::string_view rest = text.substr(kUntil.size());
  const auto then = rest.find(kThen);
  auto after = parse_word(then == std::string_view::npos ? "each" : rest.substr(then + kThen.size()));
  if (!after) return after;
  const auto day = parse_day(rest.substr(0, then));
  if (!day || after->mode == DeliveryMode::none) {
    return error(Fault::invalid,
                 "'" + std::string(text) +
                     "' is no pause: none until 2026-12-24, or none until 2026-12-24 then digest");
  }
  return Delivery{DeliveryMode::none, after->form, day, after->mode};
}

std::string delivery_text(const Delivery& delivery, Instant now) {
  const DeliveryMode mode = lists::mode_at(delivery, now);
  std::string text(word_of(mode, delivery.form));
  if (mode != DeliveryMode::none || !delivery.until) return text;
  text += " until " + iso_time(*delivery.until).substr(0, 10);
  if (delivery.after != DeliveryMode::each)
    text += std::string(kThen) + std::string(word_of(delivery.after, delivery.form));
  return text;
}

Result<DeliveryWish> parse_wish(std::string_view mode, std::string_view until, Instant now) {
  const auto delivery = parse_word(mode);
  if (!delivery) return delivery.error();
  DeliveryWish wish{delivery->mode, std::nullopt, std::nullopt};
  if (wish.mode == DeliveryMode::digest) wish.form = delivery->form;
  if (until.empty()) return wish;
  if (wish.mode != DeliveryMode::none)
    return error(Fault::invalid, "only a pause has an end: --delivery none --until 2026-12-24");
  wish.until = parse_day(until);
  if (!wish.until)
    return error(Fault::invalid, "'" + std::string(until) + "' is no day; write 2026-12-24 or 24.12.2026");
  if (const auto flaw = lists::flaw_of(wish, now)) {
    return error(Fault::invalid, std::string(until) + (*flaw == lists::WishFlaw::past
                                                           ? " has passed (a day begins at 00:00 UTC)"
                                                           : " is more than two years ahead"));
  }
  return wish;
}

}  // namespace breakwater::admin
