// The slice's two blobs as they come back from a disk that nobody vouches for: an error, or what was packed.
#include <cstdint>
#include <string_view>

#include "queue/slice.h"
#include "terms/invariant.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view blob(reinterpret_cast<const char*>(data), size);
  if (const auto ids = breakwater::queue::unpack_ids(blob)) {
    BREAKWATER_ASSERT(breakwater::queue::unpack_ids(breakwater::queue::pack_ids(*ids)).value() == *ids);
  }
  if (size > 0) {
    const auto bitmap = breakwater::queue::Bitmap::from_blob(data[0], blob.substr(1));
    if (bitmap) BREAKWATER_ASSERT(bitmap->count() <= bitmap->size());
  }
  return 0;
}
