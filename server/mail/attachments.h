// What a message carries: the type and the file names of every part (RFC 2045, RFC 2183, RFC 2231). Pure;
// bounded whatever comes; has a fuzz target.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace breakwater::mail {

struct PartFacts {
  std::string type;  // "application/pdf", lower case, as it says itself
  std::vector<std::string>
      names;  // file names, decoded, case-folded, without path, blanks and dots at the end
};

struct MessageParts {
  std::vector<PartFacts> parts;  // those that have none themselves, in order; also of messages within
  // Every part is there. False: too many (500) or too deep (10), a multipart without a usable boundary or
  // that is encoded as a whole, a type stated twice: other readers may see parts that are not here.
  bool whole = true;
};

// Where a part states its name more than once (filename, filename*, name), all of them are there, since
// readers differ in which they take. Time: ten passes over the message at most.
MessageParts parts_of(std::string_view message);

}  // namespace breakwater::mail
