// An id in an error message. format_id() holds it against a person's mistakes with an assert; a row of a
// damaged database may hold anything, and its error must still be said.
#pragma once

#include <string>

#include "terms/ids.h"

namespace breakwater::store {

template <class Tag>
std::string shown(Id<Tag> id) {
  return id.value >= 0 ? format_id(id) : std::to_string(id.value);
}

}  // namespace breakwater::store
