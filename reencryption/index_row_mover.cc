#include "reencryption/index_row_mover.h"

#include <cstdint>
#include <memory>
#include <utility>

#include "base/check.h"
#include "base/status.h"
#include "card/token.h"
#include "forwarder/ledger/payment_index.h"
#include "keys/key_purpose.h"
#include "keys/mac_key.h"
#include "vault/records/index_move.h"
#include "vault/row_keys.h"

namespace cardvault {

IndexRowMover::IndexRowMover(const Engine& engine, VaultMode mode, Table table, char kind)
    : engine_(engine),
      mode_(mode),
      range_{table, std::string(1, kind), PrefixEnd(std::string(1, kind))} {
  CV_CHECK(table == Table::kTokenIndex || table == Table::kPayments);
}

absl::StatusOr<bool> IndexRowMover::Move(const Keyring& keyring, const KeyedRow& row,
                                         WriteSet& set) const {
  ASSIGN_OR_RETURN(const uint32_t version, RowKeyVersion(row.key, 1));
  if (keyring.IsActive(KeyPurpose::kRowIndex, version)) return false;
  ASSIGN_OR_RETURN(std::shared_ptr<const MacKey> earlier,
                   keyring.MacVersion(KeyPurpose::kRowIndex, version));
  ASSIGN_OR_RETURN(std::shared_ptr<const MacKey> active, keyring.ActiveMac(KeyPurpose::kRowIndex));
  const RowKeys from(std::move(earlier));
  const RowKeys to(std::move(active));
  RETURN_IF_ERROR(range_.table == Table::kPayments
                      ? PaymentIndex(engine_).AppendMove(row, from, to, set)
                      : AppendIndexMove(engine_, mode_, row, from, to, set));
  set.sealed_under.push_back({KeyPurpose::kRowIndex, to.version()});
  return true;
}

std::string IndexRowMover::ObjectOf(const KeyedRow& row) const {
  if (range_.table == Table::kPayments) {
    const absl::StatusOr<StoredPayment> payment = PaymentIndex(engine_).PaymentOf(row);
    return payment.ok() ? payment->record.audit_reference() : "";
  }
  const absl::StatusOr<Token> token = TokenOfIndexRow(mode_, row);
  return token.ok() ? token->text() : "";
}

}  // namespace cardvault
