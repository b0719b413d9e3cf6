// The reader of a source as a list's file states it.
#pragma once

#include <memory>
#include <string>

#include "lists/list_sync.h"
#include "sources/source.h"
#include "terms/result.h"

namespace breakwater::sources {

// Reads the password file, if there is one, and nothing else: call it anew for each sync. Errors name the
// file: unavailable (it cannot be read), denied (everybody may read it), invalid (it is empty).
Result<std::unique_ptr<Source>> make_source(const lists::SourceSettings& settings);

// What it is called in letters, reasons and the log: its label, else what Source::describe() says.
std::string name_of(const lists::SourceSettings& settings);

}  // namespace breakwater::sources
