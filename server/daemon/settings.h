// From the configuration to what each room takes: the rooms know their own options, not the configuration.
#pragma once

#include <vector>

#include "config/config.h"
#include "daemon/supervisor.h"
#include "delivery/courier.h"
#include "log/log.h"
#include "net/smtp_server.h"

namespace breakwater::daemon {

net::ServerOptions server_options(const config::Config& config);
// `passed`: listening sockets from the service manager; one that has a listener's port or path is adopted for
// it.
std::vector<net::ListenerSettings> listener_settings(const config::Config& config,
                                                     const std::vector<PassedSocket>& passed);
// Of these, the ones that no listener takes.
std::vector<PassedSocket> unclaimed(const config::Config& config, const std::vector<PassedSocket>& passed);
delivery::Options courier_options(const config::Config& config);
log::Options log_options(const config::Config& config);
// Whether every destination of a queued slice still means what it did.
bool keeps_routes(const config::Config& old, const config::Config& now);

}  // namespace breakwater::daemon
