#include <utility>

#include "config/config.h"
#include "config/disk.h"
#include "config/document.h"
#include "config/fields.h"
#include "config/read.h"
#include "config/rules.h"
#include "config/template_files.h"

namespace breakwater::config {
namespace {

std::vector<std::string> section_names() {
  std::vector<std::string> names;
  for (const Section& each : sections()) {
    if (each.shape == Shape::table || each.shape == Shape::tables) names.push_back(each.name);
  }
  return names;
}

const Section* section_named(const std::string& name) {
  for (const Section& each : sections()) {
    if (each.name == name && (each.shape == Shape::table || each.shape == Shape::tables)) return &each;
  }
  return nullptr;
}

const Section* list_table_named(const std::string& name) {
  for (const Section& each : sections()) {
    const bool is_section = each.shape == Shape::list_table || each.shape == Shape::list_tables;
    if (each.name == name && is_section) return &each;
  }
  return nullptr;
}

bool is_array_of_tables(const Node& node) {
  if (node.kind != Node::Kind::array || node.items.empty()) return false;
  for (const Node& item : node.items) {
    if (item.kind != Node::Kind::table) return false;
  }
  return true;
}

void* struct_of(Config& config, const std::string& name) {
  if (name == "limits") return &config.limits;
  if (name == "timeouts") return &config.timeouts;
  if (name == "delivery") return &config.delivery;
  if (name == "log") return &config.log;
  if (name == "metrics") return &config.metrics;
  if (name == "web") return &config.web;
  return &config.retry;
}

void read_tables(Reader& reader, const Section& as, const Node& node, ReadServer& server) {
  for (const Node& item : node.items) {
    if (as.name == "listener") {
      ReadListener& listener = server.listeners.emplace_back();
      listener.places = reader.read(as, item, &listener.value);
    } else {
      ReadRoute& route = server.routes.emplace_back();
      route.places = reader.read(as, item, &route.value);
    }
  }
}

// One entry at the top that is a section, or ought to be. False: it is no section, but a key.
bool read_section(Reader& reader, const Entry& entry, ReadServer& server) {
  const Node& node = entry.value;
  const bool is_table = node.kind == Node::Kind::table;
  const bool are_tables = is_array_of_tables(node);
  const Section* as = section_named(entry.key);
  if (as == nullptr) {
    if (!is_table && !are_tables) return false;
    const std::string brackets = are_tables ? "[[" + entry.key + "]]" : "[" + entry.key + "]";
    const std::string meant = nearest(entry.key, section_names());
    server.unsure.insert(meant);
    std::vector<std::string> known;
    for (const std::string& name : section_names()) known.push_back(section_named(name)->heading());
    reader.problem(entry.at, "unknown section " + in_quotes(brackets) +
                                 (meant.empty() ? "; known are " + listed(known, "and")
                                                : "; did you mean " + section_named(meant)->heading() + "?"));
    return true;
  }
  if (as->shape == Shape::table && is_table) {
    server.tables[as->name] = reader.read(*as, node, struct_of(server.value, as->name));
  } else if (as->shape == Shape::tables && are_tables) {
    read_tables(reader, *as, node, server);
  } else {
    server.unsure.insert(as->name);
    reader.problem(entry.at, "'" + entry.key + "' is a section" +
                                 (as->shape == Shape::tables ? " of which there may be many" : "") +
                                 "; write " + as->heading() + " on a line above its keys");
  }
  return true;
}

ReadServer read_server(Reader& reader, const Node& root) {
  ReadServer server;
  Node top = root;  // without its sections, so that the table's own reader sees keys only
  top.entries.clear();
  for (const Entry& entry : root.entries) {
    if (!read_section(reader, entry, server)) top.entries.push_back(entry);
  }
  server.top = reader.read(section(""), top, &server.value);
  return server;
}

std::string stem_of(const std::string& name) {
  const std::size_t slash = name.rfind('/');
  std::string stem = slash == std::string::npos ? name : name.substr(slash + 1);
  if (stem.ends_with(".toml")) stem.resize(stem.size() - 5);
  return stem;
}

void read_rule(Reader& reader, const Section& as, const Node& item, lists::List& list) {
  lists::RuleText text;
  const std::size_t before = reader.problems();
  reader.read(as, item, &text);
  if (reader.problems() != before) return;
  auto rule = lists::Rule::compile(text);
  if (rule) {
    list.rules.push_back(std::move(*rule));
  } else {
    reader.problem(item.at, rule.error().what);
  }
}

void read_list_tables(Reader& reader, const Section& as, const Entry& entry, ReadList& list) {
  if (!is_array_of_tables(entry.value)) {
    list.sources_unsure = list.sources_unsure || as.name == "source";
    reader.problem(entry.at, "'" + entry.key + "' is a section of which there may be many; write " +
                                 as.heading() + " on a line above its keys");
    return;
  }
  for (const Node& item : entry.value.items) {
    list.where.lines[as.name].push_back(item.at.line);
    if (as.name == "rule") {
      read_rule(reader, as, item, list.value);
    } else {
      ReadSource& source = (as.name == "source" ? list.sources : list.exclusions).emplace_back();
      source.places = reader.read(as, item, &source.value);
    }
  }
}

void read_list_table(Reader& reader, const Section& as, const Entry& entry, ReadList& list) {
  if (entry.value.kind != Node::Kind::table) {
    reader.problem(entry.at,
                   "'" + entry.key + "' is a section; write " + as.heading() + " on a line above its keys");
    return;
  }
  Places places;
  if (as.name == "guard") {
    places = list.guard_places = reader.read(as, entry.value, &list.value.guard);
  } else if (as.name == "sync") {
    places = list.sync_places = reader.read(as, entry.value, &list.value.sync);
  } else if (as.name == "digest") {
    places = reader.read(as, entry.value, &list.value.digest);
  } else {
    places = reader.read(as, entry.value, &list.value.bounces);
  }
  places.tell(as.name + ".", list.where);
}

ReadList read_list(Reader& reader, const Node& root, const std::string& file_name) {
  ReadList list;
  list.file = reader.file();
  list.where.name = file_name;
  Node top = root;
  top.entries.clear();
  for (const Entry& entry : root.entries) {
    const Section* as = list_table_named(entry.key);
    if (as == nullptr) {
      top.entries.push_back(entry);
    } else if (as->shape == Shape::list_tables) {
      read_list_tables(reader, *as, entry, list);
    } else {
      read_list_table(reader, *as, entry, list);
    }
  }
  list.places = reader.read(section("list"), top, &list.value);
  list.places.tell("", list.where);
  // A list whose replies come back to it is a discussion, however large.
  if (!list.guard_places.has("large_reply") && list.value.reply != lists::ReplyPolicy::sender) {
    list.value.guard.large_reply = storm::LargeReply::distribute;
  }
  if (list.places.has("name")) return list;
  std::string name = stem_of(file_name);
  const std::string wrong = section("list").find("name")->check(name);
  if (wrong.empty()) {
    list.value.name = std::move(name);
  } else {
    reader.problem({}, "the list's name, taken from the file's, " + in_quotes(name) + " " + wrong +
                           "; rename the file, or set 'name' in it");
  }
  return list;
}

// False: it could not be read, and the problem is noted.
bool parse(const SourceFile& source, Reader& reader, Document& document) {
  if (!source.trouble.empty()) {
    reader.problem({}, source.trouble);
    return false;
  }
  document = parse_document(source.text);
  if (document.trouble.empty()) return true;
  reader.problem(document.trouble_at, document.trouble);
  return false;
}

void finish(ReadServer& server, const Disk& disk) {
  Config& config = server.value;
  config.data_dir = disk.resolved(config.data_dir);
  if (!config.templates_dir.empty()) config.templates_dir = disk.resolved(config.templates_dir);
  if (config.control_socket.empty()) config.control_socket = config.data_dir + "/control";
}

}  // namespace

Loaded load_with(const SourceFile& server_file, const std::vector<SourceFile>& list_files, const Disk& disk) {
  Problems problems;
  Reader server_reader(problems, problems.open(server_file.name, server_file.text), disk);
  Document document;
  ReadServer server;
  const bool has_server = parse(server_file, server_reader, document);
  if (has_server) {
    server = read_server(server_reader, document.root);
    finish(server, disk);
  }
  std::vector<ReadList> lists;
  lists.reserve(list_files.size());
  for (const SourceFile& file : list_files) {
    Reader reader(problems, problems.open(file.name, file.text), disk);
    if (parse(file, reader, document)) lists.push_back(read_list(reader, document.root, file.name));
  }
  std::vector<SourceFile> templates;
  std::vector<Problem> notes;
  if (has_server) {
    if (!server.value.templates_dir.empty() && disk.templates) {
      templates = disk.templates(server.value.templates_dir);
      notes = add_templates(problems, server_reader, server, templates);
    }
    check_languages(problems, server_reader, server, lists);
    check_limits(server_reader, server);
    check_listeners(server_reader, server);
    check_web(server_reader, server);
    check_routes(server_reader, server);
    check_postmaster(server_reader, server, lists);
  }
  check_guards(problems, lists);
  check_sources(problems, disk, lists, notes);
  check_lists(problems, lists, has_server ? &server : nullptr);
  if (!problems.none()) return {nullptr, problems.take()};

  auto config = std::make_shared<Config>(std::move(server.value));
  config->file = disk.resolved(server_file.name.substr(server_file.name.rfind('/') + 1));
  for (ReadListener& each : server.listeners) config->listeners.push_back(std::move(each.value));
  std::vector<queue::Route> routes;
  for (ReadRoute& each : server.routes) routes.push_back(std::move(each.value));
  config->routes = queue::RouteTable(std::move(routes));
  for (ReadList& each : lists) {
    for (ReadSource& source : each.sources) each.value.sync.sources.push_back(std::move(source.value));
    for (ReadSource& source : each.exclusions) each.value.sync.exclusions.push_back(std::move(source.value));
    std::string address = each.value.address();
    config->list_files.emplace(address, std::move(each.where));
    config->lists.emplace(std::move(address), std::move(each.value));
  }
  return {std::move(config), {}, std::move(notes)};
}

Loaded load_from(const SourceFile& server, const std::vector<SourceFile>& list_files) {
  return load_with(server, list_files, Disk{"/etc/breakwater", nullptr, nullptr});
}

}  // namespace breakwater::config
