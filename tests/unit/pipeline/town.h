// People and lists in memory, standing in for the store.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/directory.h"
#include "storm/plain_memory.h"

namespace breakwater::pipeline {

inline lists::List list_named(std::string name) {
  lists::List list;
  list.name = std::move(name);
  list.domain = "lists.example";
  return list;
}

struct Town : Directory {
  std::map<std::string, std::set<std::string>> members;  // list address, keys
  std::int64_t read_digests = 0;                         // on each list, besides
  std::map<std::string, std::set<std::string>> moderators_of;
  std::map<std::string, AddressId> addresses;
  std::map<PostingId, std::string> postings;
  std::set<AddressId> strangers;  // with an address, but sent nothing
  std::set<std::string> distributed;
  int owners_behind = 1;
  std::map<std::string, std::string> authors;  // by Message-ID
  std::int64_t waiting = 0;
  Held already_held;
  std::string freeze;
  bool everything_held = false;
  std::map<std::string, lists::SenderModeration> moderated;
  std::set<std::string> posted, banned;
  int asked_for_posted = 0;
  storm::PlainMemory remembered;
  bool broken = false;      // asking for a standing
  bool unreadable = false;  // asking for members

  Result<lists::Standing> standing(const lists::List& list, const mail::Address& who) override {
    if (broken) return error(Fault::full, "disk full");
    lists::Standing standing;
    standing.moderator = moderators_of[list.address()].contains(who.key);
    standing.member = members[list.address()].contains(who.key);
    return standing;
  }
  Result<bool> is_banned(const lists::List&, const mail::Address& who) override {
    return banned.contains(who.key);
  }
  ListId id_of(const lists::List&) override { return ListId{1}; }
  Result<std::int64_t> audience_size(const lists::List& list) override {
    auto all = audience(list);
    if (!all) return all.error();
    return all->recipients;
  }
  Result<std::int64_t> digest_readers(const lists::List&) override { return read_digests; }
  Result<lists::Audience> people(const std::vector<mail::Address>& people) override {
    lists::Audience audience;
    audience.recipients = static_cast<std::int64_t>(people.size());
    return audience;
  }
  Result<std::vector<mail::Address>> moderators(const lists::List&) override {
    return std::vector{*mail::parse_address("mod@example.org")};
  }
  Result<std::string> author_of(const lists::List&, std::string_view message_id) override {
    const auto found = authors.find(std::string(message_id));
    return found == authors.end() ? std::string() : found->second;
  }
  Result<std::int64_t> awaiting(const mail::Address&) override { return waiting; }
  Result<Held> held(const lists::List&, const mail::Address&) override { return already_held; }
  Result<std::string> frozen(const lists::List&) override { return freeze; }
  Result<bool> holds_all(const lists::List&) override { return everything_held; }
  Result<lists::SenderModeration> moderation_of(const lists::List&, const mail::Address& who) override {
    const auto found = moderated.find(who.key);
    return found == moderated.end() ? lists::SenderModeration::by_list : found->second;
  }
  Result<bool> has_posted(const lists::List&, const mail::Address& who) override {
    ++asked_for_posted;
    return posted.contains(who.key);
  }
  storm::Memory& memory() override { return remembered; }
  Result<lists::Audience> audience(const lists::List& list) override {
    if (unreadable) return error(Fault::full, "disk full");
    lists::Audience audience;
    audience.recipients = static_cast<std::int64_t>(members[list.address()].size());
    return audience;
  }
  Result<lists::Audience> owners(const lists::List&) override {
    lists::Audience audience;
    audience.recipients = owners_behind;
    return audience;
  }
  Result<lists::Audience> postmasters() override { return owners({}); }
  Result<bool> distributed_before(const lists::List&, std::string_view message_id) override {
    return distributed.contains(std::string(message_id));
  }
  Result<std::optional<AddressId>> find(std::string_view key) override {
    const auto found = addresses.find(std::string(key));
    return found == addresses.end() ? std::optional<AddressId>() : found->second;
  }
  Result<std::vector<AddressId>> among_recipients(PostingId, std::vector<AddressId> ids) override {
    std::erase_if(ids, [this](AddressId id) { return strangers.contains(id); });
    return ids;
  }
  Result<std::optional<std::string>> list_of(PostingId posting) override {
    const auto found = postings.find(posting);
    return found == postings.end() ? std::optional<std::string>() : found->second;
  }
};

}  // namespace breakwater::pipeline
