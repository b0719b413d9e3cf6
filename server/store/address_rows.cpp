#include "store/address_rows.h"

#include "store/directory.h"

namespace breakwater::store {

Result<std::optional<AddressId>> find_address(Connection& db, std::string_view key) {
  auto find = db.prepare("SELECT id FROM address WHERE key = ?1");
  find.bind(1, key);
  auto row = find.step();
  if (!row) return row.error();
  if (!*row) return std::optional<AddressId>();
  return std::optional(AddressId{find.int64(0)});
}

Result<AddressId> ensure_address(Connection& db, const mail::Address& address) {
  AddressNumbers numbers(db);
  bool made = false;
  auto id = numbers.ensure(address, made);
  if (!id || !made) return id;
  if (auto kept = numbers.commit(); !kept) return kept.error();
  return id;
}

Result<std::optional<mail::Address>> address(Connection& db, AddressId id) {
  auto find = db.prepare("SELECT mailbox, key FROM address WHERE id = ?1");
  find.bind(1, id);
  auto row = find.step();
  if (!row) return row.error();
  if (!*row) return std::optional<mail::Address>();
  mail::Address found{std::string(find.text(0)), std::string(find.text(1)), {}};
  const auto at = found.key.rfind('@');
  if (at == std::string::npos) {
    return error(Fault::invalid, "address " + std::to_string(id.value) + " has a key without a domain");
  }
  found.domain = found.key.substr(at + 1);
  return std::optional(std::move(found));
}

AddressNumbers::AddressNumbers(Connection& db)
    : db_(db),
      find_(db.prepare("SELECT id FROM address WHERE key = ?1")),
      insert_(db.prepare(
          "INSERT INTO address (id, mailbox, key) VALUES (?1, ?2, ?3) ON CONFLICT (key) DO NOTHING")) {}

Result<AddressId> AddressNumbers::ensure(const mail::Address& address, bool& made) {
  made = false;
  if (!last_was_new_) {
    auto found = find(address);
    if (!found) return found.error();
    if (*found) return **found;
  }
  auto fresh = make(address);
  if (!fresh) return fresh.error();
  made = last_was_new_ = fresh->has_value();
  if (made) return **fresh;
  auto found = find(address);
  if (!found) return found.error();
  if (!*found)
    return error(Fault::invalid, "the address " + address.key + " is neither there nor can it be made");
  return **found;
}

Result<std::optional<AddressId>> AddressNumbers::find(const mail::Address& address) {
  find_.reset();
  find_.bind(1, address.key);
  auto row = find_.step();
  if (!row) return row.error();
  if (!*row) return std::optional<AddressId>();
  return std::optional(AddressId{find_.int64(0)});
}

// Nothing, where it is there already.
Result<std::optional<AddressId>> AddressNumbers::make(const mail::Address& address) {
  auto of = domain(address.domain);
  if (!of) return of.error();
  Domain& numbers = **of;
  constexpr std::int64_t kLastSerial = 0xFFFF'FFFF;
  if (numbers.next_serial > kLastSerial) {
    return error(Fault::full,
                 "the domain " + address.domain + " has 4294967295 addresses, which is the most it can");
  }
  const AddressId id = make_address_id(numbers.id, static_cast<std::uint32_t>(numbers.next_serial));
  insert_.bind_all(id, address.mailbox, address.key);
  if (auto inserted = insert_.run(); !inserted) return inserted.error();
  if (db_.changes() == 0) return std::optional<AddressId>();
  ++numbers.next_serial;
  numbers.changed = true;
  return std::optional(id);
}

Result<AddressNumbers::Domain*> AddressNumbers::domain(const std::string& name) {
  if (const auto known = domains_.find(name); known != domains_.end()) return &known->second;
  Domain domain;
  {
    auto find = db_.prepare("SELECT id, next_serial FROM domain WHERE name = ?1");
    find.bind(1, name);
    auto row = find.step();
    if (!row) return row.error();
    if (*row) domain = {DomainId{find.int64(0)}, find.int64(1), false};
  }
  if (!domain.id) {
    auto inserted = db_.prepare("INSERT INTO domain (name) VALUES (?1)").bind_all(name).run();
    if (!inserted) return inserted.error();
    domain.id = DomainId{db_.last_insert_rowid()};
  }
  constexpr std::int64_t kLastDomain = 0x7FFF'FFFF;
  if (domain.id.value < 1 || domain.id.value > kLastDomain || domain.next_serial < 1) {
    return error(Fault::invalid, "the row of the domain " + name + " is corrupt");
  }
  return &domains_.emplace(name, domain).first->second;
}

Result<void> AddressNumbers::commit() {
  for (auto& [name, domain] : domains_) {
    if (!domain.changed) continue;
    auto updated = db_.prepare("UPDATE domain SET next_serial = ?2 WHERE id = ?1")
                       .bind_all(domain.id, domain.next_serial)
                       .run();
    if (!updated) return updated.error();
    domain.changed = false;
  }
  return {};
}

}  // namespace breakwater::store
