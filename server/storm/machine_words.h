// How absence notes, receipts and recalls read, in some twenty-five languages: for programs that say in no
// header what they are. Signs, not proofs: people write the same words. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace breakwater::storm {

// The first lines of what the sender wrote, in plain words: what the next two look at, besides the subject.
std::string words_of_beginning(std::string_view own_text);

// The words that were found, as they stand in the lexicon's plain form; nullopt: none.
std::optional<std::string> words_of_absence(std::string_view subject, std::string_view beginning);

// "Recall: Budget"; the word in the subject counts only for a client that can recall.
bool reads_like_recall(std::string_view subject, std::string_view beginning, bool client_recalls);

// "Read: Budget", "Accepted: Budget meeting".
bool reads_like_receipt(std::string_view subject);

}  // namespace breakwater::storm
