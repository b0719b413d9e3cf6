// Expansion: a list's audience, nested lists resolved, duplicates dropped, as one ascending stream of address
// ids that is cut into slices on the way. Memory does not grow with the audience beyond the packed slices (a
// byte or two a recipient). Pure: members come through MemberSource, which the store implements.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lists/delivery_mode.h"
#include "queue/slice.h"
#include "terms/ids.h"
#include "terms/result.h"

namespace breakwater::lists {

struct NestedList {
  ListId list;
  AddressId address;  // the member row it stands in; never an addressee itself
};

class MemberCursor {
 public:
  virtual ~MemberCursor() = default;
  virtual Result<bool> next(AddressId& id) = 0;  // ascending; false: no more
};

class MemberSource {
 public:
  virtual ~MemberSource() = default;
  virtual Result<std::vector<NestedList>> nested(ListId list) = 0;  // members that are lists of this server
  // Role member, not stopped: who gets a copy of each message now.
  virtual Result<std::unique_ptr<MemberCursor>> receiving(ListId list) = 0;
  // Likewise, who gets digests now, in that form.
  virtual Result<std::unique_ptr<MemberCursor>> digests(ListId list, DigestForm form) = 0;
  virtual Result<std::string> domain_name(DomainId domain) = 0;  // A-labels
};

struct PackedSlice {
  std::string route;  // queue::destination_of
  std::string ids;    // queue::pack_ids
  std::uint32_t count = 0;
};

struct Audience {
  std::int64_t recipients = 0;
  std::int64_t domains = 0;
  std::vector<ListId> lists;  // the list itself and what is nested in it, each once
  std::vector<PackedSlice> slices;
};

// The destination of a domain: queue::destination_of, or an empty string where no route fits (such recipients
// are put into slices with the route "", which fail with 5.1.2 when their turn comes: bounced, never lost).
using RouteOf = std::function<std::string(std::string_view domain)>;

// Slices hold at most `slice_size` recipients, all of one destination. A list that contains itself, directly
// or by a ring, is visited once. Errors: those of the source.
Result<Audience> expand(MemberSource& members, ListId list, const RouteOf& route_of,
                        std::uint32_t slice_size);

// Who gets the list's digest, by form. One copy a person (delivery_mode.h): who gets each message of the list
// by a list that is nested in it gets no digest besides; of two forms the one on the outer list counts.
struct DigestAudience {
  Audience mime, plain;
};
Result<DigestAudience> expand_digest(MemberSource& members, ListId list, const RouteOf& route_of,
                                     std::uint32_t slice_size);

}  // namespace breakwater::lists
