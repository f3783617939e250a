#ifndef CARDVAULT_VAULT_ADMISSION_MACHINE_H_
#define CARDVAULT_VAULT_ADMISSION_MACHINE_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "base/id.h"
#include "card/vault_mode.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"

namespace cardvault {

// machine-id(5) has 33 bytes; a file of more is another one.
inline constexpr size_t kMaxMachineIdSize = 4096;

// What a store says of the machine that it is on: SHA-256 over the vault's id and the content of
// `path`, 32 bytes, so that two vaults of one machine say nothing of each other. nullopt in sandbox
// mode when there is no such file, or nothing in it; in production that is FAILED_PRECONDITION
// (MODE), as is a file of more than kMaxMachineIdSize in either. Thread-safe.
absl::StatusOr<std::optional<std::string>> MachineDigest(const std::string& path,
                                                         const VaultId& vault, VaultMode mode);

// That recorded in the store; nullopt when none was. DATA_LOSS for a row that does not parse; else
// as Engine::Get.
absl::StatusOr<std::optional<std::string>> ReadMachine(const Engine& engine);

// What records it.
WriteSet::Put MachinePut(const std::string& digest);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_ADMISSION_MACHINE_H_
