// Where names are looked up. Plain values, filled by whoever knows the configuration.
#pragma once

#include <string>
#include <vector>

namespace breakwater::delivery {

struct ResolverOptions {
  // "" the system's (/etc/resolv.conf, /etc/hosts); "192.0.2.53" or "127.0.0.1@5353" a forwarder.
  std::string forwarder;
  std::string hosts_file;  // extra names, in the form of /etc/hosts; empty: none
  // Files of local data, one item a line: a resource record ("example.org. 300 IN MX 10 mx.example.org.") or
  // "zone example.org. static" (libunbound's local-zone types; static: what is not listed does not exist).
  std::vector<std::string> zone_files;
  std::vector<std::string> local_data;  // the same lines, given directly
  std::string trust_anchor_file;        // DNSSEC; empty: answers are not validated
};

}  // namespace breakwater::delivery
