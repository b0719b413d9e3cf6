// What the pipeline asks of the store: lists, people, postings, and the guard's memory. Called inside the
// write job that commits what was decided, so that rights, audience and verdict are those of the same
// instant. One job, one directory, one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lists/expansion.h"
#include "lists/list.h"
#include "lists/posting_rights.h"
#include "mail/address.h"
#include "storm/memory.h"
#include "terms/ids.h"
#include "terms/result.h"

namespace breakwater::pipeline {

// What is held on a list.
struct Held {
  std::int64_t postings = 0, bytes = 0;
  std::int64_t of_author = 0;  // postings of the one who was asked about
};

class Directory {
 public:
  virtual ~Directory() = default;
  virtual ListId id_of(const lists::List& list) = 0;
  virtual Result<lists::Standing> standing(const lists::List& list, const mail::Address& who) = 0;
  virtual Result<bool> is_banned(const lists::List& list, const mail::Address& who) = 0;  // by lists/ban.h
  // How many an expansion would give, and the expansion itself; the first is cheap where nothing has changed.
  virtual Result<std::int64_t> audience_size(const lists::List& list) = 0;
  // Who will read in a digest what goes out, and is not in the audience.
  virtual Result<std::int64_t> digest_readers(const lists::List& list) = 0;
  virtual Result<lists::Audience> audience(const lists::List& list) = 0;
  // Just these people, each once.
  virtual Result<lists::Audience> people(const std::vector<mail::Address>& people) = 0;
  // Owners of the list's file and of the store; postmasters where that leaves nobody.
  virtual Result<lists::Audience> owners(const lists::List& list) = 0;
  virtual Result<lists::Audience> postmasters() = 0;
  // Who is asked about what is held: moderators and owners, postmasters where there are none; a handful.
  virtual Result<std::vector<mail::Address>> moderators(const lists::List& list) = 0;
  virtual Result<bool> distributed_before(const lists::List& list, std::string_view message_id) = 0;
  virtual Result<std::optional<AddressId>> find(std::string_view key) = 0;
  virtual Result<std::optional<std::string>> list_of(PostingId posting) = 0;  // address it went to
  // Which of `ids` are in the posting's audience.
  virtual Result<std::vector<AddressId>> among_recipients(PostingId posting, std::vector<AddressId> ids) = 0;
  // The author of what was posted to the list under this Message-ID; empty: unknown.
  virtual Result<std::string> author_of(const lists::List& list, std::string_view message_id) = 0;
  // How many of this author's postings, to whichever lists, wait for their confirmation.
  virtual Result<std::int64_t> awaiting(const mail::Address& author) = 0;
  virtual Result<Held> held(const lists::List& list, const mail::Address& author) = 0;
  virtual Result<std::string> frozen(const lists::List& list) = 0;  // why; empty: it is not
  // Whether everything that comes to the list is held, by a word about it or about all lists.
  virtual Result<bool> holds_all(const lists::List& list) = 0;
  virtual Result<lists::SenderModeration> moderation_of(const lists::List& list,
                                                        const mail::Address& who) = 0;
  virtual Result<bool> has_posted(const lists::List& list, const mail::Address& who) = 0;  // it went out
  virtual storm::Memory& memory() = 0;
};

}  // namespace breakwater::pipeline
