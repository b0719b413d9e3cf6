// Intake: what becomes of a message that has come in whole. The verdict comes before the 250, so that a
// refusal is said in the session and no backscatter is made; what is accepted is a plan that the store
// commits before the answer goes out. Pure: what is known of lists and people comes through Directory, time
// and entropy are arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lists/expansion.h"
#include "lists/list_address.h"
#include "lists/posting_rights.h"
#include "mail/address.h"
#include "pipeline/bounce_address.h"
#include "smtp/reply.h"
#include "smtp/session.h"
#include "terms/ids.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::pipeline {

// What intake asks of the store. Called inside the write job that commits the plan, so that rights and
// audience are those of the same instant.
class Directory {
 public:
  virtual ~Directory() = default;
  virtual Result<lists::Standing> standing(const lists::List& list, const mail::Address& who) = 0;
  virtual Result<lists::Audience> audience(const lists::List& list) = 0;
  // Owners of the list's file and of the store; postmasters where that leaves nobody.
  virtual Result<lists::Audience> owners(const lists::List& list) = 0;
  virtual Result<lists::Audience> postmasters() = 0;
  virtual Result<bool> distributed_before(const lists::List& list, std::string_view message_id) = 0;
  virtual Result<std::optional<AddressId>> find(std::string_view key) = 0;
  virtual Result<std::optional<std::string>> list_of(
      PostingId posting) = 0;  // address of the list it went to
};

struct IntakeOptions {
  std::string hostname;
  const lists::ListsByAddress* lists = nullptr;  // outlives the call
  std::uint32_t received_fields = 50;            // more is a loop (RFC 5321 6.3)
  Mac bounce_mac;
};

// A posting to be committed.
struct Planned {
  PostingId id;
  lists::SubAddress kind = lists::SubAddress::posting;
  const lists::List* list = nullptr;  // nullptr: postmaster
  std::string address;                // it was sent to
  std::size_t recipient = 0;          // in the envelope
  lists::Audience audience;
  std::string verdict, reason;
};

// A refusal that `breakwater why` can explain.
struct Refused {
  RefusalId id;
  std::string recipient, reply, reason;
};

// A recipient that a bounce message says could not be reached.
struct ReportedBounce {
  const lists::List* list = nullptr;
  PostingId posting;
  AddressId recipient;
  std::string status, diagnostic;
};

struct Decision {
  std::vector<smtp::Reply> replies;  // SMTP: one; LMTP: one a recipient
  std::vector<Planned> postings;
  std::vector<Refused> refused;
  std::vector<ReportedBounce> bounces;
  std::vector<std::string> notes;  // what was answered well and goes no further, and why: for the log
  std::string bytes;               // the message to store: as received, below our Received field
  // For listings and logs.
  std::string author;      // mailbox of From; empty where there is none that all readers agree on
  std::string message_id;  // with <>
  std::string subject;     // readable, one line
};

// `entropy` is counted up, so that ids of one process never meet. Errors: those of the directory (the session
// then answers 451 or 452; nothing is committed).
Result<Decision> decide(const smtp::ReceivedMessage& message, const IntakeOptions& options,
                        Directory& directory, Instant now, std::uint64_t& entropy);

}  // namespace breakwater::pipeline
