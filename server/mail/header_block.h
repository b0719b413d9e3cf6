// A message's header block, read and edited without touching a byte that was not asked for (RFC 5322 2.2).
// Views into the message: it must outlive the block. Parsing never fails: what is no field is kept as it is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace breakwater::mail {

struct Field {
  std::string_view raw;   // with folding and the CRLF at its end
  std::string_view name;  // as written, without blanks before the colon; empty: rest of an overfull block
  std::string_view body;  // raw behind the colon, without the last CRLF

  bool is(std::string_view other) const;  // names compare case-insensitively
  std::string unfolded() const;           // the body in one line, outer white space stripped
};

class HeaderBlock {
 public:
  // More fields than this are kept as one nameless last field, and overfull() says so: memory stays bounded.
  static constexpr std::size_t kMaxFields = 10'000;

  // `message` has CRLF line ends. The header block ends before the first empty line, or before the first line
  // that is neither a field nor a continuation (then the empty line is missing and `body()` begins with that
  // line). One pass.
  static HeaderBlock parse(std::string_view message);

  const std::vector<Field>& fields() const { return fields_; }
  const Field* find(std::string_view name) const;  // the first; nullptr: none
  std::size_t count(std::string_view name) const;
  std::string_view head() const { return head_; }  // all fields' bytes, without the empty line
  std::string_view body() const { return body_; }  // behind the empty line
  bool separated() const { return separated_; }    // the empty line is there
  // The empty line is missing, a name is not ASCII, or there is a CR or LF that ends no line:
  // readers may differ on what the header is.
  bool malformed() const { return malformed_; }
  bool overfull() const { return overfull_; }

 private:
  std::vector<Field> fields_;
  std::string_view head_, body_;
  bool separated_ = false, malformed_ = false, overfull_ = false;
};

// Edits of a header block, in the order in which they are called; each sees what those before it did.
// render() gives the new bytes with the empty line at the end; render() + body() is the new message. An edit
// that changes nothing gives the input's bytes (head() and the empty line if there was one), also for a
// malformed one. A produced field is "Name: body": folded at 78 characters where it has a blank, at 998
// everywhere (RFC 5322 2.1.1); controls in the body, CR and LF above all, are spaces. Names are the program's
// own: a bad one is a broken invariant.
class HeaderEdit {
 public:
  explicit HeaderEdit(const HeaderBlock& block);  // which must outlive the edit
  HeaderEdit& remove(std::string_view name);      // all of that name
  // In the place of the first, else at the end; further ones go. A single field that says it keeps its bytes.
  HeaderEdit& replace(std::string_view name, std::string_view body);
  HeaderEdit& prepend(std::string_view name, std::string_view body);  // above all, earlier ones too
  HeaderEdit& append(std::string_view name, std::string_view body);   // below all
  std::string render() const;

 private:
  struct Produced {
    std::string name, text;
  };
  bool changed() const;

  const HeaderBlock& block_;
  std::vector<Produced> above_, below_;                    // above_ is last first
  std::vector<std::pair<std::size_t, Produced>> instead_;  // by field
  enum class Change : unsigned char { kept, removed, replaced };
  std::vector<Change> changed_;
};

// "Name: body\r\n" as a HeaderEdit produces it.
std::string produce_field(std::string_view name, std::string_view body);

}  // namespace breakwater::mail
