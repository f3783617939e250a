#ifndef CARDVAULT_VAULT_RECORDS_CARD_TABLES_H_
#define CARDVAULT_VAULT_RECORDS_CARD_TABLES_H_

#include <memory>

#include "absl/status/statusor.h"
#include "keys/keyring_holder.h"
#include "vault/engine/engine.h"
#include "vault/live_row_keys.h"
#include "vault/records/card_rows.h"
#include "vault/records/card_store.h"

namespace cardvault {

// All that one look at the card tables needs, under one snapshot of the keyring: taken at the start
// of each try, so no key changes under it. Thread-safe.
class CardTables final {
 public:
  // FAILED_PRECONDITION (VAULT_SEALED). `engine` must outlive what is returned.
  static absl::StatusOr<std::unique_ptr<const CardTables>> Open(const Engine& engine,
                                                                const KeyringHolder& keyring,
                                                                VaultMode mode);

  CardTables(const CardTables&) = delete;
  CardTables& operator=(const CardTables&) = delete;

  const Engine& engine() const { return engine_; }
  const Keyring& keyring() const { return *keyring_; }
  VaultMode mode() const { return mode_; }
  const LiveRowKeys& row_keys() const { return row_keys_; }
  const CardStore& store() const { return store_; }
  const CardRows& rows() const { return rows_; }

 private:
  CardTables(const Engine& engine, std::shared_ptr<const Keyring> keyring, LiveRowKeys row_keys,
             VaultMode mode);

  const Engine& engine_;
  const std::shared_ptr<const Keyring> keyring_;
  const VaultMode mode_;
  const LiveRowKeys row_keys_;
  const CardStore store_;
  const CardRows rows_;
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_RECORDS_CARD_TABLES_H_
