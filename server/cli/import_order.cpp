#include "cli/import_order.h"

#include <algorithm>

#include "terms/invariant.h"

namespace breakwater::cli {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// FNV-1a.
std::uint64_t hash(std::string_view domain) {
  std::uint64_t sum = 0xcbf29ce484222325U;
  for (const char c : domain) sum = (sum ^ static_cast<unsigned char>(lower(c))) * 0x100000001b3U;
  return sum;
}

int compare(std::string_view one, std::string_view other) {
  const std::size_t common = std::min(one.size(), other.size());
  for (std::size_t at = 0; at < common; ++at) {
    const int difference =
        static_cast<unsigned char>(lower(one[at])) - static_cast<unsigned char>(lower(other[at]));
    if (difference != 0) return difference;
  }
  return one.size() < other.size() ? -1 : one.size() > other.size() ? 1 : 0;
}

}  // namespace

void ImportOrder::add(std::size_t line, const std::vector<std::string>& fields) {
  const std::string& address = fields[0];
  const std::size_t sign = std::min(address.rfind('@'), address.size());
  Packed row{};
  row.domain = hash(std::string_view(address).substr(sign));
  row.begin = text_.size();
  row.line = static_cast<std::uint32_t>(std::min<std::size_t>(line, UINT32_MAX));
  row.local_length = static_cast<std::uint16_t>(sign);
  for (std::size_t at = 0; at < row.lengths.size(); ++at) {
    BREAKWATER_ASSERT(fields[at].size() <= UINT16_MAX);  // a record of the file has 8192 bytes at most
    row.lengths[at] = static_cast<std::uint16_t>(fields[at].size());
    text_ += fields[at];
  }
  rows_.push_back(row);
}

void ImportOrder::sort() {
  std::sort(rows_.begin(), rows_.end(), [this](const Packed& one, const Packed& other) {
    if (one.domain != other.domain) return one.domain < other.domain;
    const int difference = compare(local(one), local(other));
    return difference != 0 ? difference < 0 : one.begin < other.begin;
  });
}

ImportOrder::Row ImportOrder::at(std::size_t index) const {
  const Packed& packed = rows_[index];
  Row row{packed.line, {}};
  std::string_view rest = std::string_view(text_).substr(packed.begin);
  for (std::size_t at = 0; at < packed.lengths.size(); ++at) {
    row.fields[at] = rest.substr(0, packed.lengths[at]);
    rest.remove_prefix(packed.lengths[at]);
  }
  return row;
}

void ImportOrder::clear() {
  text_.clear();
  rows_.clear();
}

}  // namespace breakwater::cli
