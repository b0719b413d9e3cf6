#include "mail/own_text.h"

#include "mail/header_block.h"
#include "mail/utf8.h"

namespace breakwater::mail {

std::string own_text(std::string_view message, std::size_t most) {
  return printable(HeaderBlock::parse(message).body(), most);
}

}  // namespace breakwater::mail
