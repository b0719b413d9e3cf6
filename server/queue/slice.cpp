#include "queue/slice.h"

#include <bit>

#include "terms/invariant.h"

namespace breakwater::queue {

std::string pack_ids(std::span<const AddressId> sorted) {
  std::string packed;
  packed.reserve(sorted.size() + sorted.size() / 4 + 8);
  std::int64_t previous = 0;
  for (const AddressId id : sorted) {
    BREAKWATER_ASSERT(id.value > previous);
    auto difference = static_cast<std::uint64_t>(id.value - previous);
    previous = id.value;
    while (difference >= 0x80) {
      packed.push_back(static_cast<char>(difference | 0x80));
      difference >>= 7;
    }
    packed.push_back(static_cast<char>(difference));
  }
  return packed;
}

Result<std::vector<AddressId>> unpack_ids(std::string_view packed) {
  std::vector<AddressId> ids;
  ids.reserve(packed.size());
  std::uint64_t previous = 0;
  std::uint64_t difference = 0;
  unsigned shift = 0;
  for (const char c : packed) {
    const auto byte = static_cast<unsigned char>(c);
    if (shift > 56) return error(Fault::invalid, "slice: an id is longer than 63 bits");
    difference |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    shift += 7;
    if (byte & 0x80) continue;
    const std::uint64_t id = previous + difference;
    if (difference == 0 || id > 0x7FFF'FFFF'FFFF'FFFF || id < previous) {
      return error(Fault::invalid, "slice: ids do not ascend");
    }
    ids.push_back(AddressId{static_cast<std::int64_t>(id)});
    previous = id;
    difference = 0;
    shift = 0;
  }
  if (shift != 0) return error(Fault::invalid, "slice: truncated in the middle of an id");
  return ids;
}

Result<Bitmap> Bitmap::from_blob(std::size_t size, std::string_view blob) {
  Bitmap bitmap(size);
  if (blob.size() != bitmap.bytes_.size()) return error(Fault::invalid, "slice: bitmap does not fit its ids");
  bitmap.bytes_.assign(blob);
  if (size % 8 != 0) {  // bits past the end would make count() lie
    auto& last = bitmap.bytes_.back();
    last = static_cast<char>(static_cast<unsigned char>(last) & ((1U << (size % 8)) - 1));
  }
  return bitmap;
}

std::size_t Bitmap::count() const {
  std::size_t total = 0;
  for (const char byte : bytes_)
    total += static_cast<std::size_t>(std::popcount(static_cast<unsigned char>(byte)));
  return total;
}

}  // namespace breakwater::queue
