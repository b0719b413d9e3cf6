#include "pipeline/gate.h"

#include "mail/address.h"

namespace breakwater::pipeline {
namespace {

using smtp::Reply;

// "u%other@here", "other!u@here", "u@other"@here: old ways of asking a server to pass mail on.
bool asks_for_relaying(const smtp::Mailbox& to) { return to.local.find_first_of("%!@") != std::string::npos; }

}  // namespace

std::optional<Reply> Gate::check_sender(const smtp::Peer& peer, const smtp::Envelope& envelope) {
  if (peer.login.empty()) return std::nullopt;
  if (envelope.reverse_path) {
    const auto sender = mail::parse_address(envelope.reverse_path->text());
    if (sender && sender->key == peer.login) return std::nullopt;
  }
  return Reply{550, "5.7.1", "MAIL FROM must be the address you logged in with, " + peer.login};
}

std::optional<Reply> Gate::check_recipient(const smtp::Peer&, const smtp::Envelope& envelope,
                                           const smtp::Mailbox& to) {
  const auto target = lists::find_target(lists_, hostname_, to.local, to.domain);
  if (!target) {
    if (lists::find_target(purged_, "", to.local, to.domain)) {
      return Reply{451, "4.2.1", "What an earlier list had here is being deleted; try again in some minutes"};
    }
    const auto closed = lists::find_target(closed_, "", to.local, to.domain);
    if (closed && closed->list != nullptr)  // RFC 3463 3.3: disabled, which may end
      return Reply{550, "5.2.1", "The list " + closed->list->address() + " is closed: it takes no mail"};
    if (!lists::is_local_domain(lists_, hostname_, to.domain) || asks_for_relaying(to)) {
      return Reply{550, "5.7.1", "Relaying denied: this server takes mail for its own lists only"};
    }
    return Reply{550, "5.1.1", "No such list here: " + to.text()};
  }
  if (target->kind == lists::SubAddress::posting && !envelope.reverse_path) {
    return Reply{550, "5.7.1",
                 "A list takes no bounces and no automatic replies; bounces go to " +
                     target->list->sub_address("bounces")};
  }
  return std::nullopt;
}

}  // namespace breakwater::pipeline
