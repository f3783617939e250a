#ifndef CARDVAULT_SERVER_RESTORE_COMMAND_H_
#define CARDVAULT_SERVER_RESTORE_COMMAND_H_

#include <string>
#include <vector>

#include "base/clock.h"
#include "server/config.h"

namespace cardvault {

struct RestoreArguments {
  std::string backup;             // the backup's directory
  std::vector<std::string> keys;  // verifier keys of the vault's log
  bool is_unanchored = false;     // without any
};

// Makes the data directory that the configuration names of a backup (vault/backup/restore.h), tells
// on standard error how far it is, and on standard output what to do next; what is wrong as what,
// where and how to mend it. Returns the exit code.
int RestoreCommand(const ServerConfig& config, const RestoreArguments& arguments,
                   const Clock& clock);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_RESTORE_COMMAND_H_
