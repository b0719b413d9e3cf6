// One command line: taken apart, with its path, its parameters and what they are spelled in. Decoded values
// hold nothing that could end a line.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "smtp/base64.h"
#include "smtp/command.h"
#include "smtp/mail_parameters.h"
#include "smtp/utf8.h"
#include "smtp/xtext.h"
#include "terms/invariant.h"

namespace {

using namespace breakwater::smtp;

void check_printable(std::string_view text) {
  for (const char c : text) BREAKWATER_ASSERT(static_cast<unsigned char>(c) >= ' ' && c != 0x7f);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const Command command = parse_command(input);
  for (const char* keyword : {"FROM", "TO"}) {
    const auto path = parse_path_argument(command.argument, keyword);
    if (!path) continue;
    MailParameters mail;
    if (!read_mail_parameters(path->parameters, true, mail)) {
      check_printable(mail.envid + mail.ret);
      BREAKWATER_ASSERT(is_ascii(mail.envid));
    }
    RecipientDsn dsn;
    if (!read_rcpt_parameters(path->parameters, true, dsn)) {
      check_printable(dsn.orcpt);
      BREAKWATER_ASSERT(is_utf8(dsn.orcpt));
      BREAKWATER_ASSERT(!dsn.never || !(dsn.success || dsn.failure || dsn.delay));
    }
  }
  if (const auto bytes = decode_base64(input)) BREAKWATER_ASSERT(encode_base64(*bytes) == input);
  if (const auto text = decode_xtext(input)) BREAKWATER_ASSERT(*decode_xtext(encode_xtext(*text)) == *text);
  return 0;
}
