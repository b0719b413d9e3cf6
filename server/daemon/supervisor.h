// What systemd and its kin want to hear and give: sd_notify(3), watchdog, socket activation
// (sd_listen_fds(3)). Spoken by hand: it is two environment variables and a datagram, which is less than a
// dependency.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace breakwater::daemon {

// "READY=1", "RELOADING=1", "STOPPING=1", "WATCHDOG=1", "STATUS=..."; nothing happens without a service
// manager.
void notify_supervisor(std::string_view state);

// Half the time in which the watchdog wants to hear from us; nullopt: it does not.
std::optional<std::chrono::milliseconds> watchdog_interval();

struct PassedSocket {
  int fd = -1;
  std::string port_or_path;  // "25", "/run/breakwater/lmtp"
};
// Listening sockets that were passed to this process; each is close-on-exec afterwards.
std::vector<PassedSocket> passed_sockets();

// This program again in this process, after a second, for a disk that stays broken. Returns, with the exit
// status, where it cannot be: sockets that were passed do not survive it, and the service manager passes them
// again to the server that it starts then.
int start_anew(const std::string& config_file);

}  // namespace breakwater::daemon
