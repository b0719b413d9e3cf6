#include "lists/audience_parts.h"

#include <set>
#include <utility>
#include <vector>

#include "queue/slice.h"

namespace breakwater::lists {

Result<std::map<std::size_t, Audience>> in_parts(Audience audience,
                                                 const std::map<AddressId, std::size_t>& part_of) {
  std::map<std::size_t, Audience> parts;
  if (part_of.empty()) {
    parts.emplace(0, std::move(audience));
    return parts;
  }
  std::map<std::size_t, std::set<DomainId>> domains;
  for (const PackedSlice& slice : audience.slices) {
    auto ids = queue::unpack_ids(slice.ids);
    if (!ids) return ids.error();
    std::map<std::size_t, std::vector<AddressId>> cut;
    for (const AddressId id : *ids) {
      const auto part = part_of.find(id);
      cut[part == part_of.end() ? 0 : part->second].push_back(id);
    }
    for (const auto& [number, people] : cut) {
      Audience& part = parts[number];
      part.slices.push_back(
          {slice.route, queue::pack_ids(people), static_cast<std::uint32_t>(people.size())});
      part.recipients += static_cast<std::int64_t>(people.size());
      for (const AddressId id : people) domains[number].insert(domain_of(id));
    }
  }
  for (auto& [number, part] : parts) {
    part.lists = audience.lists;
    part.domains = static_cast<std::int64_t>(domains[number].size());
  }
  return parts;
}

}  // namespace breakwater::lists
