// What those whom a message is from, its author and its envelope sender, are to a list. Pure but for the
// directory.
#pragma once

#include <vector>

#include "lists/list.h"
#include "lists/moderation_rules.h"
#include "lists/posting_rights.h"
#include "mail/address.h"
#include "pipeline/directory.h"
#include "terms/result.h"

namespace breakwater::pipeline {

// The author first; at least one.
using Senders = std::vector<mail::Address>;

// Together: either may have the right to post.
Result<lists::Standing> standing_of(const Senders& senders, const lists::List& list, Directory& directory);

// Whether a ban keeps the author from posting. Not who is on the list: members of a domain that was banned
// after they came stay, and so does who was added in spite of a ban, or is named in the list's file. Nor is
// the envelope sender asked: it may be the provider's, and who wants to get past a ban has others.
Result<bool> is_barred(const mail::Address& author, const lists::List& list, Directory& directory);

// Either may be the one whose messages are looked at; only the author's word that they need not be counts,
// since the list sees the author.
Result<lists::SenderModeration> moderation_of(const Senders& senders, const lists::List& list,
                                              Directory& directory);

}  // namespace breakwater::pipeline
