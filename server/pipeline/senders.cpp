#include "pipeline/senders.h"

namespace breakwater::pipeline {

Result<lists::Standing> standing_of(const Senders& senders, const lists::List& list, Directory& directory) {
  lists::Standing together;
  for (const mail::Address& sender : senders) {
    if (&sender != &senders.front() && sender == senders.front()) continue;  // asked about already
    auto one = directory.standing(list, sender);
    if (!one) return one;
    together.member |= one->member;
    together.moderator |= one->moderator;
    together.owner |= one->owner;
    together.poster |= one->poster;
  }
  return together;
}

Result<bool> is_barred(const mail::Address& author, const lists::List& list, Directory& directory) {
  auto banned = directory.is_banned(list, author);
  if (!banned || !*banned) return banned;
  auto known = directory.standing(list, author);
  if (!known) return known.error();
  return !known->member && !known->moderator && !known->owner && !known->poster;
}

Result<lists::SenderModeration> moderation_of(const Senders& senders, const lists::List& list,
                                              Directory& directory) {
  auto together = directory.moderation_of(list, senders.front());
  for (std::size_t at = 1; together && at < senders.size(); ++at) {
    if (senders[at] == senders.front()) continue;
    auto other = directory.moderation_of(list, senders[at]);
    if (!other) return other;
    if (*other == lists::SenderModeration::always) together = other;
  }
  return together;
}

}  // namespace breakwater::pipeline
