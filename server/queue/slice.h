// A slice: part of a posting's frozen audience, for one route, with a mark for each recipient that is
// settled. Stored as two blobs (packed ids, bitmap), so that freezing, recalling, resuming and tracing cost
// the same for 12 members and for a million. Value types, no thread of their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "terms/ids.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::queue {

// Ascending distinct ids as LEB128 varints of the differences; about a byte each where the domain is shared.
std::string pack_ids(std::span<const AddressId> sorted);
// Errors: Fault::invalid on a truncated, overlong or non-ascending blob (a corrupt row is data, never a
// crash).
Result<std::vector<AddressId>> unpack_ids(std::string_view packed);

// One bit a recipient, in the order of the slice's ids; stored as ceil(n/8) bytes, least significant bit
// first.
class Bitmap {
 public:
  explicit Bitmap(std::size_t size = 0) : size_(size), bytes_((size + 7) / 8, '\0') {}
  // Errors: Fault::invalid when the blob's length does not fit the size.
  static Result<Bitmap> from_blob(std::size_t size, std::string_view blob);
  bool test(std::size_t at) const { return (static_cast<unsigned char>(bytes_[at / 8]) >> (at % 8)) & 1U; }
  void set(std::size_t at) { bytes_[at / 8] = static_cast<char>(bytes_[at / 8] | (1 << (at % 8))); }
  std::size_t count() const;
  std::size_t size() const { return size_; }
  bool all() const { return count() == size_; }
  const std::string& blob() const { return bytes_; }

 private:
  std::size_t size_;
  std::string bytes_;
};

// Names one slice for good.
struct SliceKey {
  PostingId posting;
  std::uint32_t number = 0;
  auto operator<=>(const SliceKey&) const = default;
};

struct Slice {
  SliceKey key;
  std::string route;           // name of the route its recipients share (delivery/route.h), "" until routed
  std::vector<AddressId> ids;  // ascending
  Bitmap settled;              // delivered or bounced; what is not set is still to do
  std::uint32_t attempts = 0;  // tries that ended with somebody deferred
  Instant due{};               // not before
  Instant expires{};           // who is not delivered by then is bounced
};

}  // namespace breakwater::queue
