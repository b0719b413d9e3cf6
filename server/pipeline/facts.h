// What the storm guard is told of a message (storm/verdict.h), read from its bytes. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mail/header_block.h"
#include "storm/verdict.h"

namespace breakwater::pipeline {

// How the message came, as far as its bytes do not say.
struct Arrival {
  bool null_reverse_path = false;
  bool announcer = false;  // the list's file names the sender in `posters`: a program may be one
};

// All but what only the store knows: list, audience, standing, freeze. `sender`: key of the author's address.
struct Reading {
  storm::Facts facts;
  std::string machine_reason;  // with facts.automatic
};
Reading read_facts(const mail::HeaderBlock& block, std::string sender, const Arrival& arrival);

// The Message-IDs of a References or In-Reply-To body (RFC 5322 3.6.4), with <>, at most the last `most`;
// what is no msg-id is passed over, and so is one of more than 995 bytes.
std::vector<std::string> message_ids(std::string_view body, std::size_t most);

}  // namespace breakwater::pipeline
