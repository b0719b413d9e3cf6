// The page behind the link of a copy (RFC 8058): it asks by a button whether its reader wants to leave a
// list, and says what became of it. Behind the link that all copies of a posting share it asks for the
// address first, and says the same to everybody. Plain HTML that a screen reader and a text browser read
// well: no script, no picture, nothing from elsewhere. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace breakwater::web {

enum class LeaveState {
  ask,         // a member: the button
  left,        // left just now
  gone,        // no member: left before, or was taken off
  unwanted,    // something was posted that is no wish to leave: the button, and nothing was changed
  which,       // nobody's own link: a field for the address
  no_address,  // what was typed there is none: the field again
  asked,       // a letter is on its way, if the address is on the list
  unknown,     // the link is none of ours
  trouble,     // nothing was changed, try again
};

struct LeavePage {
  LeaveState state = LeaveState::unknown;
  std::string_view language;  // of the list, "de"; one that there is no page in: English
  // The rest not for LeaveState::unknown and trouble.
  std::string list;                  // its address
  std::string member;                // their address, masked
  std::vector<std::string> through;  // lists in this one by which they get its mail: these are left too
  bool closed = false;               // nobody joins it by asking
};

// A whole HTML document.
std::string leave_page(const LeavePage& page);

// "a••@example.org": enough for who reads it to know the address, too little for who finds the link.
std::string masked(std::string_view mailbox);

// Whether the body of a POST is the wish to leave, as a mail program or the page's own form sends it (RFC
// 8058 3.2): List-Unsubscribe=One-Click, URL-encoded or as a form of parts. The link is the proof of who
// wishes; this only keeps out what was posted to it for another reason.
bool asks_to_leave(std::string_view content_type, std::string_view body);

// The value of the field "address" in a POST of the page's form, decoded; empty: there is none.
std::string typed_address(std::string_view body);
// "%40" is "@" (RFC 3986 2.1); what is no such triplet stays as it is.
std::string percent_decoded(std::string_view text);

}  // namespace breakwater::web
