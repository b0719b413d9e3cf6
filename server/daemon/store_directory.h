// What intake asks of lists and people, answered from the store and the configuration in force. Lives for one
// write job, on the writer's thread.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "daemon/running.h"
#include "daemon/write_job.h"
#include "lists/roles.h"
#include "pipeline/directory.h"
#include "store/connection.h"
#include "store/storm_memory.h"

namespace breakwater::daemon {

class StoreDirectory : public pipeline::Directory {
 public:
  // `sizes`: what is known of audiences from jobs before; may be nullptr.
  StoreDirectory(store::Connection& db, const Running& running, AudienceSizes* sizes = nullptr)
      : db_(db), running_(running), sizes_(sizes), memory_(db) {}

  ListId id_of(const lists::List& list) override;
  Result<lists::Standing> standing(const lists::List& list, const mail::Address& who) override;
  // Of who has proved to be this person, by a token or a login. Where a list has no owners, postmasters are
  // asked, and stand in for them.
  Result<lists::Rank> rank(const lists::List& list, const mail::Address& who);
  Result<bool> is_banned(const lists::List& list, const mail::Address& who) override;
  Result<std::int64_t> audience_size(const lists::List& list) override;
  Result<std::int64_t> digest_readers(const lists::List& list) override;
  Result<lists::Audience> audience(const lists::List& list) override;
  Result<lists::DigestAudience> digest_audience(const lists::List& list);
  Result<lists::Audience> people(const std::vector<mail::Address>& people) override;
  Result<lists::Audience> owners(const lists::List& list) override;
  // The owners, postmasters where there are none; each once.
  Result<std::vector<mail::Address>> asked_about_list(const lists::List& list);
  Result<lists::Audience> postmasters() override;
  Result<std::vector<mail::Address>> moderators(const lists::List& list) override;
  Result<bool> distributed_before(const lists::List& list, std::string_view message_id) override;
  Result<std::optional<AddressId>> find(std::string_view key) override;
  Result<std::optional<std::string>> list_of(PostingId posting) override;
  Result<std::vector<AddressId>> among_recipients(PostingId posting, std::vector<AddressId> ids) override;
  Result<std::string> author_of(const lists::List& list, std::string_view message_id) override;
  Result<std::int64_t> awaiting(const mail::Address& author) override;
  Result<pipeline::Held> held(const lists::List& list, const mail::Address& author) override;
  Result<std::string> frozen(const lists::List& list) override;
  Result<bool> holds_all(const lists::List& list) override;
  Result<lists::SenderModeration> moderation_of(const lists::List& list, const mail::Address& who) override;
  Result<bool> has_posted(const lists::List& list, const mail::Address& who) override;
  storm::Memory& memory() override { return memory_; }

 private:
  Result<std::vector<mail::Address>> people_of(const lists::List& list,
                                               std::initializer_list<lists::Role> roles);
  Result<std::vector<mail::Address>> in_role(ListId list, lists::Role role);

  store::Connection& db_;
  const Running& running_;
  AudienceSizes* sizes_;
  store::StormMemory memory_;
  std::optional<std::pair<ListId, lists::Audience>> expanded_;  // by audience_size, for who asks next
};

// The destination of a domain by the routes in force (lists/expansion.h).
lists::RouteOf route_of(const Running& running);

// How many recipients a slice of an audience of `recipients` should have: enough slices that the connections
// of a route share the work, and none longer than the configuration says.
std::uint32_t slice_size(const config::Config& config, std::int64_t recipients, lists::FanOut fan_out);

}  // namespace breakwater::daemon
