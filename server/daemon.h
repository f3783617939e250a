#ifndef CARDVAULT_SERVER_DAEMON_H_
#define CARDVAULT_SERVER_DAEMON_H_

#include <string>

#include "base/clock.h"
#include "base/process_hardening.h"
#include "server/config.h"

namespace cardvault {

// Opens the vault, serves both ports until SIGTERM or SIGINT, drains and stops. Start-up errors go
// to standard error as what, where and how to mend it. When `ready_file` is not empty, the ports
// that were opened are written to it as JSON once calls are taken. Returns the exit code.
// The caller has blocked both signals in every thread.
int RunDaemon(const ServerConfig& config, const std::string& ready_file, MemoryLock memory_lock,
              const Clock& clock);

// One start-up error for the operator's eyes.
void PrintStartError(absl::string_view what, absl::string_view where, absl::string_view mend);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_DAEMON_H_
