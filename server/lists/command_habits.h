// How people write commands who are used to other list managers: "join tech", "subscribe tech Ann Smith"
// (LISTSERV's and Majordomo's). Pure.
#pragma once

#include <string>
#include <string_view>

#include "lists/list_address.h"

namespace breakwater::lists {

// Where a command came to; the lists must outlive what is given them. Without: no word names a list.
struct CommandPlace {
  const List* list = nullptr;
  const ListsByAddress* lists = nullptr;
};

// Whether a word is the name or the address of the list that the command came to, or of another one here.
struct Named {
  bool own = false;
  std::string elsewhere{};  // where commands for the other list go: "news-request@lists.example"; or empty
};
Named list_named(std::string_view word, const CommandPlace& place);

}  // namespace breakwater::lists
