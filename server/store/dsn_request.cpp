#include "store/dsn_request.h"

#include <cstdint>
#include <string>

namespace breakwater::store {

Result<void> add_dsn_request(Connection& db, PostingId posting, const DsnRequest& request) {
  if (request.orcpt.empty() && !request.whole) return {};
  return db.prepare("INSERT INTO dsn_request (posting, orcpt, whole) VALUES (?1, ?2, ?3)")
      .bind_all(posting, request.orcpt, std::int64_t{request.whole})
      .run();
}

Result<DsnRequest> dsn_request(Connection& db, PostingId posting) {
  auto find = db.prepare("SELECT orcpt, whole FROM dsn_request WHERE posting = ?1");
  find.bind(1, posting);
  auto row = find.step();
  if (!row) return row.error();
  if (!*row) return DsnRequest{};
  return DsnRequest{std::string(find.text(0)), find.int64(1) != 0};
}

}  // namespace breakwater::store
