#include "lists/posting_rights.h"

namespace breakwater::lists {

bool may_post(const List& list, const Standing& standing) {
  if (standing.poster) return true;
  switch (list.post) {
    case PostPolicy::anyone: return true;
    case PostPolicy::members: return standing.member || standing.moderator || standing.owner;
    case PostPolicy::moderators: return standing.moderator || standing.owner;
    case PostPolicy::nobody: return false;
  }
  return false;
}

std::string who_may_post(const List& list) {
  switch (list.post) {
    case PostPolicy::anyone: return "anyone may post";
    case PostPolicy::members: return "only its members may post";
    case PostPolicy::moderators: return "only its moderators and owners may post";
    case PostPolicy::nobody: return "only senders named by its owners may post";
  }
  return {};
}

}  // namespace breakwater::lists
