#ifndef CARDVAULT_TESTS_TESTING_VAULT_BACKUPS_H_
#define CARDVAULT_TESTS_TESTING_VAULT_BACKUPS_H_

#include <string>

#include "cardvault/admin/v1/backup_service.grpc.pb.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {

// What an operator does about backups of a sandbox vault.

// Begins a backup beside traffic and waits for its end: its id; "" when it comes to nothing,
// because another one is at work or the server ends.
std::string MakeBackup(admin::v1::BackupService::Stub& backups);

// Waits for the end of the one that was begun last: its id, "" when it came to nothing.
std::string AwaitBackup(admin::v1::BackupService::Stub& backups);

// The key that the server, which runs, signs its log's checkpoints and its backups with now.
std::string CheckpointKey(const VaultProcess& vault);

// While no server runs: makes the data directory of the backup; what is in it is lost. Dies when
// that is refused.
void RestoreBackup(const VaultProcess& vault, const std::string& data_directory,
                   const std::string& id, const std::string& key);

// Admits the store of the server that runs; dies when that is refused.
void AdmitStore(const VaultProcess& vault);

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_TESTING_VAULT_BACKUPS_H_
