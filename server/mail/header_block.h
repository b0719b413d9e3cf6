// A message's header block, read and edited without touching a byte that was not asked for (RFC 5322 2.2).
// Views into the message: it must outlive the block. Parsing never fails: what is not a field is kept as it is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace breakwater::mail {

struct Field {
  std::string_view raw;   // with folding and the CRLF at its end
  std::string_view name;  // as written; empty for a line that is no field
  std::string_view body;  // raw behind the colon, without the last CRLF

  bool is(std::string_view other) const;  // names compare case-insensitively
  std::string unfolded() const;           // the body in one line, outer white space stripped
};

class HeaderBlock {
 public:
  // `message` has CRLF line ends. The header block ends before the first empty line, or before the first line that is
  // neither a field nor a continuation (then the empty line is missing and `body()` begins with that line).
  static HeaderBlock parse(std::string_view message);

  const std::vector<Field>& fields() const { return fields_; }
  const Field* find(std::string_view name) const;  // the first; nullptr: none
  std::size_t count(std::string_view name) const;
  std::string_view head() const { return head_; }  // all fields' bytes, without the empty line
  std::string_view body() const { return body_; }  // behind the empty line
  bool malformed() const { return malformed_; }    // the empty line is missing, or a line was no field

 private:
  std::vector<Field> fields_;
  std::string_view head_, body_;
  bool malformed_ = false;
};

// Edits of a header block; render() gives the new bytes with the empty line at the end. An edit of nothing gives the
// input's bytes. Field texts are "Name: body"; long ones are folded; CR and LF in them never get out.
class HeaderEdit {
 public:
  explicit HeaderEdit(const HeaderBlock& block);  // which must outlive the edit
  HeaderEdit& remove(std::string_view name);      // all of that name
  HeaderEdit& replace(std::string_view name, std::string_view body);  // in its place, else at the end; further ones go
  HeaderEdit& prepend(std::string_view name, std::string_view body);  // above all (trace fields)
  HeaderEdit& append(std::string_view name, std::string_view body);   // below all
  std::string render() const;

 private:
  const HeaderBlock& block_;
  std::vector<std::string> above_, below_;
  std::vector<std::string> instead_;  // by field; engaged where changed_ says so
  enum class Change : unsigned char { kept, removed, replaced };
  std::vector<Change> changed_;
};

}  // namespace breakwater::mail
