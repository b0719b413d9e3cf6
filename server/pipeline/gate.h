// The gate: what of an envelope can be answered from configuration alone, while it is being said. Who may
// post is decided later, when the message and the store have been asked (intake.h). Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "lists/list_address.h"
#include "smtp/session.h"

namespace breakwater::pipeline {

class Gate : public smtp::Gatekeeper {
 public:
  // `lists`, `closed` (whose file is gone, and that still have members) and `purged` (that come back when
  // what they had is deleted) must outlive the gate; one gate a session.
  Gate(const lists::ListsByAddress& lists, const lists::ListsByAddress& closed,
       const lists::ListsByAddress& purged, std::string hostname)
      : lists_(lists), closed_(closed), purged_(purged), hostname_(std::move(hostname)) {}

  std::optional<smtp::Reply> check_sender(const smtp::Peer& peer, const smtp::Envelope& envelope) override;
  std::optional<smtp::Reply> check_recipient(const smtp::Peer& peer, const smtp::Envelope& envelope,
                                             const smtp::Mailbox& to) override;

 private:
  const lists::ListsByAddress& lists_;
  const lists::ListsByAddress& closed_;
  const lists::ListsByAddress& purged_;
  std::string hostname_;
};

}  // namespace breakwater::pipeline
