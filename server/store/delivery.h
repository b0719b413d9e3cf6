// How a member gets mail (lists/delivery_mode.h), as columns of the member table. `mode` is what expansion
// reads: 0 is a copy of each message, 1 none; with 1 the others say what there is instead.
#pragma once

#include <cstdint>
#include <optional>

#include "lists/delivery_mode.h"
#include "store/connection.h"
#include "terms/ids.h"
#include "terms/instant.h"
#include "terms/result.h"

// In the order in which read_delivery() and bind_delivery() count them.
#define BREAKWATER_DELIVERY_COLUMNS "mode, digest, form, until, after"

namespace breakwater::store {

// From that column on. Errors: Fault::invalid where the row is corrupt.
Result<lists::Delivery> read_delivery(const Statement& row, int column);
// From that parameter on.
void bind_delivery(Statement& statement, int parameter, const lists::Delivery& delivery);

// nullopt: no member.
Result<std::optional<lists::Delivery>> delivery(Connection& db, ListId list, AddressId address);
// Whether they are a member who gets a copy of each message now.
Result<bool> gets_each(Connection& db, ListId list, AddressId address, Instant now);
// False: no member.
Result<bool> set_delivery(Connection& db, ListId list, AddressId address, const lists::Delivery& delivery);

}  // namespace breakwater::store
