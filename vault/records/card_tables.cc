#include "vault/records/card_tables.h"

#include <utility>

#include "base/status.h"
#include "keys/keyring.h"

namespace cardvault {

CardTables::CardTables(const Engine& engine, std::shared_ptr<const Keyring> keyring,
                       LiveRowKeys row_keys, VaultMode mode)
    : engine_(engine),
      keyring_(std::move(keyring)),
      mode_(mode),
      row_keys_(std::move(row_keys)),
      store_(engine_),
      rows_(engine_, row_keys_, mode_) {}

absl::StatusOr<std::unique_ptr<const CardTables>> CardTables::Open(const Engine& engine,
                                                                   const KeyringHolder& holder,
                                                                   VaultMode mode) {
  ASSIGN_OR_RETURN(std::shared_ptr<const Keyring> keyring, holder.Snapshot());
  ASSIGN_OR_RETURN(LiveRowKeys row_keys, LiveRowKeys::Open(*keyring));
  return std::unique_ptr<const CardTables>(
      new CardTables(engine, std::move(keyring), std::move(row_keys), mode));
}

}  // namespace cardvault
