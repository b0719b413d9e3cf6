// A data directory that goes with the test, and what the store's tests need to fill one.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "mail/address.h"
#include "store/directory.h"
#include "store/ledger.h"
#include "store/spool.h"
#include "store/store.h"

namespace breakwater::store {

// `memory`: small data whose syncs need not be waited for; it outlives a killed process as a disk does.
enum class Where { disk, memory };

class Scratch {
 public:
  explicit Scratch(Where where = Where::disk) {
    const std::filesystem::path memory = "/dev/shm";
    const bool fast = where == Where::memory && ::access(memory.c_str(), W_OK) == 0;
    std::string name =
        ((fast ? memory : std::filesystem::temp_directory_path()) / "breakwater-store-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    path_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string data() const { return path_ + "/data"; }
  std::string database() const { return data() + "/breakwater.db"; }

 private:
  std::string path_;
};

inline const Instant kNow = from_ms(1'790'000'000'000);

inline std::unique_ptr<Store> open_store(const std::string& directory) {
  StoreOptions options;
  options.directory = directory;
  auto store = Store::open(options, kNow);
  if (!store) throw std::runtime_error(store.error().what);
  return std::move(*store);
}

// Not through mail::parse_address: what the store keeps must not depend on what the parser lets through.
inline mail::Address address_of(const std::string& local, const std::string& domain) {
  return {local + "@" + domain, local + "@" + domain, domain};
}

// A migrated database and one connection to it, for what needs no writer thread.
class Database {
 public:
  Database() {
    { const auto made = open_store(scratch_.data()); }
    auto opened = Connection::open(scratch_.database(), Connection::Access::read_write);
    if (!opened) throw std::runtime_error(opened.error().what);
    connection_ = std::move(*opened);
    sql("PRAGMA synchronous=OFF");
  }
  Connection& connection() { return *connection_; }
  const Scratch& scratch() const { return scratch_; }
  void sql(const std::string& text) {
    auto done = connection_->execute(text.c_str());
    if (!done) throw std::runtime_error(done.error().what);
  }
  std::int64_t number(const std::string& query) {
    auto find = connection_->prepare(query);
    auto row = find.step();
    if (!row || !*row) throw std::runtime_error(row ? "no row: " + query : row.error().what);
    return find.int64(0);
  }
  std::string text(const std::string& query) {
    auto find = connection_->prepare(query);
    auto row = find.step();
    if (!row || !*row) throw std::runtime_error(row ? "no row: " + query : row.error().what);
    return std::string(find.text(0));
  }

 private:
  Scratch scratch_{Where::memory};
  std::unique_ptr<Connection> connection_;
};

// A posting with `members` recipients of one list, "m0@example.org" and so on, in slices of `slice_size`.
inline Posting make_posting(std::int64_t id) {
  Posting posting;
  posting.id = PostingId{id};
  posting.message = MessageId{id};
  posting.list = ListId{1};
  posting.list_address = "tech@lists.example";
  posting.sender = "ann@example.org";
  posting.reverse_path = "ann@example.org";
  posting.message_id = "<" + std::to_string(id) + "@example.org>";
  posting.subject = "hello";
  posting.received = kNow;
  posting.size = 7;
  return posting;
}

inline std::string to_office(std::string_view) { return "office"; }

inline Result<void> add_list_with_members(Connection& db, int members,
                                          const std::string& domain = "example.org") {
  auto list = ensure_list(db, address_of("tech", "lists.example"), kNow);
  if (!list) return list.error();
  std::vector<NewMember> rows;
  for (int at = 0; at < members; ++at) rows.push_back({address_of("m" + std::to_string(at), domain), "", {}});
  auto added = add_members(db, *list, lists::Role::member, rows, kNow);
  if (!added) return added.error();
  return {};
}

inline Result<void> add_posting_to_list(Connection& db, std::int64_t id, std::uint32_t slice_size,
                                        const lists::RouteOf& route_of = to_office) {
  MemberRows rows(db);
  auto audience = lists::expand(rows, ListId{1}, route_of, slice_size);
  if (!audience) return audience.error();
  if (auto added = add_message(db, {MessageId{id}, "message", kNow}); !added) return added;
  return add_posting(db, make_posting(id), *audience, kNow + std::chrono::hours{120});
}

}  // namespace breakwater::store
