// The configuration as typed values, checked; an immutable snapshot that a reload replaces whole.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "letters/templates.h"
#include "lists/list.h"
#include "queue/retry_schedule.h"
#include "queue/route.h"

namespace breakwater::config {

enum class ListenerKind { mx, submission, lmtp };

// Who may connect to a unix socket: its file's mode is 0600, 0660 or 0666.
enum class SocketAccess { owner, group, everybody };

struct Listener {
  ListenerKind kind = ListenerKind::mx;
  std::string address;           // "0.0.0.0:25", "[::]:25", or the path of a unix socket (lmtp)
  bool tls_wrapped = false;      // 465
  std::string certificate, key;  // PEM files; empty: no TLS
  SocketAccess socket_access = SocketAccess::group;
};

struct Limits {
  std::uint32_t connections = 1000;
  std::uint32_t connections_per_address = 50;
  std::uint64_t message_bytes = 10 * 1024 * 1024;
  std::uint64_t receive_memory_bytes = 64 * 1024 * 1024;  // messages coming in, all together; over it: 452
  std::uint32_t recipients = 100;                         // RCPT of one transaction (LIMITS RCPTMAX)
  std::uint32_t received_fields = 50;                     // more is a loop
  std::int64_t deliveries_per_hour = 10'000'000;          // all lists together; 0: no limit
};

// RFC 5321 4.5.3.2; whole seconds.
struct Timeouts {
  std::uint32_t command_s = 300, data_block_s = 180, handshake_s = 60, early_talker_ms = 0, drain_s = 30;
};

struct Delivery {
  std::uint32_t slice_recipients = 1000;
  std::uint32_t connections = 100;  // outgoing, all together
  std::uint32_t idle_s = 5;         // a pooled connection is kept that long
  std::uint32_t connect_s = 30, reply_s = 300;
  std::string resolver;                 // "" the system's; "127.0.0.1@5353" a forwarder
  std::string hosts_file;               // extra names, as /etc/hosts; for tests and odd networks
  std::vector<std::string> zone_files;  // libunbound local data; for tests
  std::uint16_t mx_port = 25;
  bool allow_loopback_mx = false;  // for tests: mx records may lead to 127/8 and ::1
  std::string trust_anchor;        // DNSSEC root key; "": answers are not validated
};

struct Log {
  std::string level = "info";
  std::string format = "auto";  // text on a terminal, else json
};

// Prometheus text on HTTP; empty: none.
struct Metrics {
  std::string listen;  // "127.0.0.1:9125"
};

// Pages for members, above all one-click leaving (RFC 8058); none where `url` is empty.
struct Web {
  std::string url;               // as members reach it: "https://lists.example.org"
  std::string listen;            // "0.0.0.0:443"
  std::string certificate, key;  // PEM files; empty: in clear, behind a proxy on this machine
};

// Where a list's settings stand, for those who ask why they are as they are.
struct ListFile {
  std::string name;  // as problems name it
  // Lines by key ("post", "digest.daily"), one for each element of a list of texts; of a table of which there
  // may be many ("rule"), one for each. What is not here is the default.
  std::map<std::string, std::vector<std::size_t>> lines{};
};

struct Config {
  std::string file;  // where it was read from
  std::string hostname;
  std::string data_dir = "/var/lib/breakwater";
  std::string control_socket;           // default: <data_dir>/control
  std::vector<std::string> postmaster;  // addresses
  std::uint32_t threads = 0;            // 0: one a core
  std::string language = "en";          // of letters that are of no list, and of lists that say none
  std::string templates_dir;  // LANGUAGE/NAME.txt there are in the place of the server's own; empty: none
  Limits limits;
  Timeouts timeouts;
  Delivery delivery;
  Log log;
  Metrics metrics;
  Web web;
  std::vector<Listener> listeners;
  queue::RouteTable routes;
  queue::RetrySchedule retry;
  std::map<std::string, lists::List> lists;    // by address, lower case
  std::map<std::string, ListFile> list_files;  // likewise
  letters::Templates templates;
};

using Snapshot = std::shared_ptr<const Config>;

// One problem, at its place. `excerpt` is the line, `column` counts from 1 in bytes.
struct Problem {
  std::string file;
  std::size_t line = 0, column = 0;
  std::string what;  // "unknown key 'hostnam'; did you mean 'hostname'?"
  std::string excerpt;
  std::string text() const;  // "file:line:col: what\n    line\n    ^"
};

struct Loaded {
  Snapshot config;                // nullptr when there are problems
  std::vector<Problem> problems;  // all of them, in order of file and line
  std::vector<Problem> notes{};   // what is worth a look, but no reason not to start
};

// Reads breakwater.toml and <its folder>/lists/*.toml. Relative paths are relative to the file's folder.
// Blocks on the disk; holds no state, any thread may call it.
Loaded load(const std::string& file);

// A file by its name, for messages, and its text; or why it could not be read.
struct SourceFile {
  std::string name;
  std::string text;
  std::string trouble;  // "cannot be read: Permission denied"; empty: text is there
};

// The same from texts, without touching the disk: files that settings name are taken to be there, relative
// paths are relative to /etc/breakwater. A list's name, where its file does not say it, is the file's without
// folder and .toml.
Loaded load_from(const SourceFile& server, const std::vector<SourceFile>& list_files);

// From the table of fields: the reference page (Markdown), the commented sample files.
std::string describe_markdown();
std::string describe_text(const std::string& key);  // one key or all, for `breakwater config describe`
std::string sample_server_toml();
std::string sample_list_toml();

}  // namespace breakwater::config
