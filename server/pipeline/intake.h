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

#include "lists/command_mail.h"
#include "lists/expansion.h"
#include "lists/list_address.h"
#include "mail/address.h"
#include "mail/header_block.h"
#include "pipeline/bounce_address.h"
#include "pipeline/directory.h"
#include "pipeline/facts.h"
#include "pipeline/orders.h"
#include "pipeline/preview.h"
#include "pipeline/verdict.h"
#include "smtp/reply.h"
#include "smtp/session.h"
#include "terms/ids.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::pipeline {

struct IntakeOptions {
  std::string hostname;
  const lists::ListsByAddress* lists = nullptr;  // outlives the call
  std::uint32_t received_fields = 50;            // more is a loop (RFC 5321 6.3)
  Mac bounce_mac;
  storm::GuardOptions guard;
};

// A posting to be committed.
struct Planned {
  PostingId id;
  lists::SubAddress kind = lists::SubAddress::posting;
  const lists::List* list = nullptr;  // nullptr: postmaster
  std::string address;                // it was sent to
  std::size_t recipient = 0;          // in the envelope
  lists::Audience audience;           // of what is held only the count, but for `confirm`
  std::string verdict, reason;
  storm::Judgement judgement;  // of what was sent to a list; else: distribute
  std::vector<Letter> letters;

  bool waits() const {
    return judgement.verdict != storm::Verdict::distribute && judgement.verdict != storm::Verdict::divert;
  }
};

// A command in a mail to list-request+token@. Whether the token is good only the store knows.
struct MailOrder {
  const lists::List* list = nullptr;
  std::string token;
  std::optional<Command> command;  // nullopt: none that we know
  std::vector<mail::Address> senders;
};

// A mail to list-join@, list-leave@, list-confirm+token@, or list-request@: what a person wants to have done.
// Who it says it is from is a claim.
struct MemberRequest {
  const lists::List* list = nullptr;
  lists::SubAddress to = lists::SubAddress::request;
  std::string token;            // of confirm
  mail::Address sender;         // its author
  std::string sender_name;      // their display name, decoded, as anybody may write it
  std::string source;           // the reverse-path, for caps (lists/request_caps.h)
  std::string client;           // the address of who connected, for the same; empty: it logged in
  lists::CommandMail commands;  // of request
  TokenReply reply;             // of confirm
  bool proved = false;          // it logged in as its author
  bool backed = false;          // its author sent it, as far as the reverse-path says so too
};

// A refusal that `breakwater why` can explain; or a message that a rule discards, which is answered well.
struct Refused {
  RefusalId id;
  bool discarded = false;
  bool by_machine_barrier = false;
  std::string recipient, reply, reason;
};

// A recipient that a bounce message says could not be reached, and who was sent the posting.
struct ReportedBounce {
  const lists::List* list = nullptr;
  PostingId posting;
  AddressId recipient;
  std::string status, diagnostic;
  bool is_signed = false;  // it came to an address that only who was sent a copy can know
};

struct Decision {
  std::vector<smtp::Reply> replies;  // SMTP: one; LMTP: one a recipient
  std::vector<Planned> postings;
  std::vector<Refused> refused;
  std::vector<ReportedBounce> bounces;
  std::vector<MailOrder> orders;
  std::vector<MemberRequest> requests;
  std::int64_t discarded = 0;      // postings that were answered well and go nowhere: duplicates, loops
  std::vector<std::string> notes;  // what was answered well and goes no further, and why: for the log
  std::string bytes;               // the message to store: as received, below our Received field
  // For listings and logs.
  std::string author;      // mailbox of From; empty where there is none that all readers agree on
  std::string message_id;  // with <>
  std::string subject;     // readable, one line
  std::string own_text;    // the beginning of what its author wrote, for letters
};

// `entropy` is counted up, so that ids of one process never meet. Errors: those of the directory (the session
// then answers 451 or 452; nothing is committed).
Result<Decision> decide(const smtp::ReceivedMessage& message, const Preview& preview,
                        const IntakeOptions& options, Directory& directory, Instant now,
                        std::uint64_t& entropy);

}  // namespace breakwater::pipeline
