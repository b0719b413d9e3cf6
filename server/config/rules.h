// What one field alone cannot show: that settings fit one another. Each rule names the place that is to be
// changed.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/read.h"

namespace breakwater::config {

struct ReadListener {
  Listener value;
  Places places;
};

struct ReadRoute {
  queue::Route value;
  Places places;
};

// A [[source]] or [[exclude]].
struct ReadSource {
  lists::SourceSettings value;
  Places places;
};

struct ReadList {
  lists::List value;
  Places places, guard_places, sync_places;
  std::vector<ReadSource> sources, exclusions;
  bool sources_unsure = false;  // there is a `source`, in a form that could not be read
  Problems::File file = 0;
  ListFile where{};
};

// breakwater.toml as it was read: what the rules look at.
struct ReadServer {
  Config value;
  Places top;
  std::map<std::string, Places> tables;  // by section; those that stand in the file
  std::vector<ReadListener> listeners;
  std::vector<ReadRoute> routes;
  std::set<std::string>
      unsure;  // sections that stand there in a form that could not be read: nothing is missing
};

void check_limits(Reader& reader, const ReadServer& server);
void check_listeners(Reader& reader, const ReadServer& server);
void check_web(Reader& reader, const ReadServer& server);
void check_routes(Reader& reader, const ReadServer& server);

// That a list's tiers and times rise.
void check_guards(Problems& problems, const std::vector<ReadList>& lists);

// That each source has what its kind needs, and there is one where there is a schedule. `notes`: what of a
// source is not there now.
void check_sources(Problems& problems, const Disk& disk, const std::vector<ReadList>& lists,
                   std::vector<Problem>& notes);

// Sizes against the server's (nullptr: its file could not be read), one list an address, no list its own
// owner, and no postmaster that is the server's own.
void check_lists(Problems& problems, std::vector<ReadList>& lists, const ReadServer* server);
void check_postmaster(Reader& reader, const ReadServer& server, const std::vector<ReadList>& lists);

}  // namespace breakwater::config
