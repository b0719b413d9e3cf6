// The rows of an import between reading and sending: packed, then put in the order that is cheapest to write.
// Addresses are numbered by domain (migrations/0001), so rows in no order would each dirty pages of their
// own in two tables, many times the writing of rows that come domain by domain.
//
// Bounded: full() at some 130 MB, which is 1.5 million rows; longer files go in several sorted parts. One
// thread; views that take() hands out live until clear().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace breakwater::cli {

class ImportOrder {
 public:
  using Fields = std::array<std::string_view, 4>;  // address, name, role, delivery
  struct Row {
    std::size_t line;
    Fields fields;
  };

  void add(std::size_t line, const std::vector<std::string>& fields);
  bool full() const { return text_.size() + rows_.size() * sizeof(Packed) >= kMostBytes; }
  std::size_t size() const { return rows_.size(); }

  // Domain by domain, in it by local part, as far as ASCII tells; of one address in the order of the file,
  // since its last row counts.
  void sort();
  Row at(std::size_t index) const;
  void clear();

 private:
  static constexpr std::size_t kMostBytes = std::size_t{130} << 20;
  struct Packed {
    std::uint64_t domain;  // a hash: only that the same come together matters
    std::uint64_t begin;   // in text_: the four fields, one behind the other
    std::uint32_t line;
    std::uint16_t local_length;
    std::array<std::uint16_t, 4> lengths;
  };
  std::string_view local(const Packed& row) const {
    return std::string_view(text_).substr(row.begin, row.local_length);
  }

  std::string text_;
  std::vector<Packed> rows_;
};

}  // namespace breakwater::cli
