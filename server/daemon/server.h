// The server, put together: start, reload, drain, stop.
#pragma once

#include <string>

namespace breakwater::daemon {

// Runs until SIGTERM or SIGINT. SIGHUP reloads. Exit status: 0 after an orderly stop, 1 when it could not
// start (the reason is on stderr). After a failure of the disk it begins anew from what the disk holds.
int serve(const std::string& config_file);

}  // namespace breakwater::daemon
