// The machine barrier: what out-of-office programs, receipts, bounces, recalls, loops and other lists leave
// in a message. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mail/header_block.h"

namespace breakwater::storm {

struct MachineSign {
  bool certain = false;  // a header says so: refused. Else words say so: counts only together with others
  std::string reason;    // "it is an automatic message (Auto-Submitted: auto-replied, RFC 3834)"
};

// `announcer`: the list's file names the sender in `posters`, so that a program may post: then only answers,
// bounces and loops are machine signs, not Auto-Submitted: auto-generated or Precedence.
// `own_text`: what the sender wrote (mail/own_text.h). nullopt: nothing speaks for a machine.
std::optional<MachineSign> machine_sign(const mail::HeaderBlock& block, bool null_reverse_path,
                                        bool announcer, std::string_view subject, std::string_view own_text);

}  // namespace breakwater::storm
