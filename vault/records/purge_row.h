#ifndef CARDVAULT_VAULT_RECORDS_PURGE_ROW_H_
#define CARDVAULT_VAULT_RECORDS_PURGE_ROW_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "base/id.h"
#include "cardvault/storage/v1/policy_rows.pb.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"

namespace cardvault {

// The deletion of all cards of a merchant that was begun last (docs/formats/rows.md).
// Thread-compatible.
struct StoredPurge {
  storage::v1::MerchantPurgeRow row;  // empty: there never was one
  std::optional<uint64_t> revision;   // nullopt: likewise

  // DATA_LOSS for a row that does not parse or has an unknown format version.
  static absl::StatusOr<StoredPurge> Read(const Engine& engine);

  bool IsUnderWay() const { return revision.has_value() && !row.is_over(); }

  // That it is still as it was read.
  Precondition Unchanged() const;

  // Puts another row in its place, if it is still as it was read.
  void Replace(storage::v1::MerchantPurgeRow next, WriteSet& set) const;
};

// FAILED_PRECONDITION (MERCHANT_PURGE) while the merchant's cards are being deleted; else on what
// condition a card of his may be committed. Thread-safe.
absl::StatusOr<Precondition> NoPurgeOf(const Engine& engine, const MerchantId& merchant);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_RECORDS_PURGE_ROW_H_
