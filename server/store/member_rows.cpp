// What expansion reads: a list's members as an ordered range of the member table's primary key.
#include "store/directory.h"

namespace breakwater::store {
namespace {

class Receiving : public lists::MemberCursor {
 public:
  Receiving(Connection& db, ListId list)
      : rows_(db.prepare("SELECT address_id FROM member WHERE list_id = ?1 AND role = 0 AND mode = 0"
                         " AND stopped IS NULL ORDER BY address_id")) {
    rows_.bind(1, list);
  }

  Result<bool> next(AddressId& id) override {
    auto row = rows_.step();
    if (row && *row) id = AddressId{rows_.int64(0)};
    return row;
  }

 private:
  Statement rows_;
};

}  // namespace

Result<std::vector<lists::NestedList>> MemberRows::nested(ListId list) {
  // Lists are few and members are many: from the lists to the member rows, one look-up each.
  auto find = db_.prepare(
      "SELECT list.id, list.address_id FROM list CROSS JOIN member"
      " ON member.list_id = ?1 AND member.role = 0 AND member.address_id = list.address_id"
      " WHERE member.mode = 0 ORDER BY list.id");
  find.bind(1, list);
  std::vector<lists::NestedList> found;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back({ListId{find.int64(0)}, AddressId{find.int64(1)}});
  }
}

Result<std::unique_ptr<lists::MemberCursor>> MemberRows::receiving(ListId list) {
  return std::unique_ptr<lists::MemberCursor>(std::make_unique<Receiving>(db_, list));
}

Result<std::string> MemberRows::domain_name(DomainId domain) {
  auto find = db_.prepare("SELECT name FROM domain WHERE id = ?1");
  find.bind(1, domain);
  auto row = find.step();
  if (!row) return row.error();
  if (!*row)
    return error(Fault::invalid, "an address belongs to the domain " + std::to_string(domain.value) +
                                     ", which is not there: the database is damaged");
  return std::string(find.text(0));
}

}  // namespace breakwater::store
