// The ESMTP parameters of MAIL and RCPT, read into the envelope. Pure functions; a refusal is a Reply.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "smtp/command.h"
#include "smtp/reply.h"
#include "smtp/session.h"

namespace breakwater::smtp {

struct MailParameters {
  BodyType body = BodyType::seven_bit;
  bool smtputf8 = false;
  std::uint64_t size = 0;  // as declared; saturates; 0: not declared
  std::string envid, ret;
};

// SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8 (RFC 6531), RET and ENVID (RFC 3461), and, where AUTH is
// offered, AUTH= (RFC 4954 5), which is checked and not believed. nullopt: read.
std::optional<Reply> read_mail_parameters(const std::vector<Parameter>& given, bool auth_offered,
                                          MailParameters& out);

// NOTIFY and ORCPT (RFC 3461 4.1, 4.2). `utf8`: the transaction has SMTPUTF8. nullopt: read.
std::optional<Reply> read_rcpt_parameters(const std::vector<Parameter>& given, bool utf8, RecipientDsn& out);

}  // namespace breakwater::smtp
