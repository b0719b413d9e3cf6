// Text whose lines were broken softly (text/plain; format=flowed, RFC 3676). Pure; linear.
#pragma once

#include <string>
#include <string_view>

namespace breakwater::mail {

// Lines as their author wrote them, '\n' between them: a line that ends in a blank goes on in the next, and a
// blank put before a line goes (RFC 3676 4.2 to 4.4). `delete_blank`: DelSp=yes. Quoted lines and the
// signature's "-- " stay as they are.
std::string unflowed(std::string_view text, bool delete_blank);

}  // namespace breakwater::mail
