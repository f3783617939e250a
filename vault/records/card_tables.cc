#include "vault/records/card_tables.h"

#include <utility>

#include "base/status.h"
#include "keys/key_purpose.h"
#include "keys/keyring.h"

namespace cardvault {

CardTables::CardTables(const Engine& engine, std::shared_ptr<const Keyring> keyring,
                       std::shared_ptr<const MacKey> row_index_key, VaultMode mode)
    : engine_(engine),
      keyring_(std::move(keyring)),
      row_index_key_(std::move(row_index_key)),
      mode_(mode),
      row_keys_(*row_index_key_),
      index_keys_(row_keys_),
      store_(engine_),
      rows_(engine_, index_keys_, mode_) {}

absl::StatusOr<std::unique_ptr<const CardTables>> CardTables::Open(const Engine& engine,
                                                                   const KeyringHolder& holder,
                                                                   VaultMode mode) {
  ASSIGN_OR_RETURN(std::shared_ptr<const Keyring> keyring, holder.Snapshot());
  ASSIGN_OR_RETURN(std::shared_ptr<const MacKey> row_index_key,
                   keyring->ActiveMac(KeyPurpose::kRowIndex));
  return std::unique_ptr<const CardTables>(
      new CardTables(engine, std::move(keyring), std::move(row_index_key), mode));
}

}  // namespace cardvault
