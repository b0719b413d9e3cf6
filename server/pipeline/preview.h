// What a message says by itself: read from its bytes and envelope, asking nobody, before the write job, since
// of writers there is one. Pure.
#pragma once

#include <string>
#include <vector>

#include "mail/address.h"
#include "mail/bounce_parse.h"
#include "mail/header_block.h"
#include "pipeline/facts.h"
#include "smtp/session.h"

namespace breakwater::pipeline {

// Views into the message, which must outlive it and stay where it is.
struct Preview {
  mail::HeaderBlock block;
  Reading reading;                     // as of an author whom no list names in `posters`
  std::string author;                  // mailbox of From; empty where there is none that all readers agree on
  std::string author_name;             // the display name before it, decoded, as anybody may write it
  std::string from_problem;            // then: why
  std::vector<mail::Address> senders;  // author, then envelope: either may have the right to post
  std::vector<mail::BouncedRecipient> failures;  // that it reports, if it came to a list's -bounces address
};
Preview preview_of(const smtp::ReceivedMessage& message);

}  // namespace breakwater::pipeline
