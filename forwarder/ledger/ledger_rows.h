#ifndef CARDVAULT_FORWARDER_LEDGER_LEDGER_ROWS_H_
#define CARDVAULT_FORWARDER_LEDGER_LEDGER_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/status.h"
#include "cardvault/storage/v1/payment_record.pb.h"
#include "vault/engine/engine.h"

namespace cardvault {

// What the rows of table payments have in common. Thread-safe.

inline constexpr uint32_t kLedgerFormatVersion = 1;
inline constexpr size_t kPaymentRowKeySize = 32;

// Parses a row. DATA_LOSS.
template <typename Message>
absl::StatusOr<Message> DecodeLedgerRow(absl::string_view value) {
  Message message;
  if (!message.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
    return DataLoss("a row of the payment ledger does not parse");
  }
  if (message.format_version() != kLedgerFormatVersion) {
    return DataLoss("a row of the payment ledger has an unknown format version");
  }
  return message;
}

template <typename Message>
std::string EncodeLedgerRow(Message message) {
  message.set_format_version(kLedgerFormatVersion);
  return message.SerializeAsString();
}

// Up to `max_count` index rows under `prefix` behind `after` ("": from the first), with what
// follows the prefix as their keys. DATA_LOSS when that does not end in a payment's row key.
absl::StatusOr<std::vector<KeyedRow>> ScanLedgerRows(const Engine& engine,
                                                     const std::string& prefix,
                                                     absl::string_view after, size_t max_count);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_LEDGER_LEDGER_ROWS_H_
