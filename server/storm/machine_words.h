// How absence notes, receipts and recalls read, in some twenty-five languages: for programs that say in no
// header what they are. Signs, not proofs: people write the same words. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace breakwater::storm {

// The words that were found, as they stand in the lexicon's plain form; nullopt: none. Looks at the subject
// and at the first lines of `own_text`.
std::optional<std::string> words_of_absence(std::string_view subject, std::string_view own_text);

// "Recall: Budget"; the word in the subject counts only for a client that can recall.
bool reads_like_recall(std::string_view subject, std::string_view own_text, bool client_recalls);

// "Read: Budget", "Accepted: Budget meeting".
bool reads_like_receipt(std::string_view subject);

}  // namespace breakwater::storm
