// Who may post to a list. Pure.
#pragma once

#include <string>

#include "lists/list.h"

namespace breakwater::lists {

// What is known of a sender towards one list: rows of the store and the names in the list's file, taken
// together.
struct Standing {
  bool member = false;
  bool moderator = false;
  bool owner = false;
  bool poster = false;  // named in `posters`
};

bool may_post(const List& list, const Standing& standing);
// Why not, as the sender will read it: "only members may post".
std::string who_may_post(const List& list);

}  // namespace breakwater::lists
