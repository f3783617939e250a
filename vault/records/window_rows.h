#ifndef CARDVAULT_VAULT_RECORDS_WINDOW_ROWS_H_
#define CARDVAULT_VAULT_RECORDS_WINDOW_ROWS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"

namespace cardvault {

// Rows that live for a window of time and are then swept: idempotency and enumeration. Writers add
// the row in table due that brings the sweep. Such a row stands under one version of the row-index
// key: `row_keys` are its places under all that live, the active one's first. What is put stands
// there, and takes the place of a row under an earlier version; whoever puts names the active
// version in `sealed_under`. Thread-safe.
using RowPlaces = absl::Span<const std::string>;

struct StoredRequest {
  storage::v1::IdempotencyRecord record;
  std::string row_key;
  uint64_t revision = 0;
};

// nullopt when no such request is on record; one whose time has passed may still be. DATA_LOSS when
// there are two.
absl::StatusOr<std::optional<StoredRequest>> FindRequest(const Engine& engine, RowPlaces row_keys);

// Makes `set` conditional on the request standing on record as it was read.
void HoldRequest(RowPlaces row_keys, const std::optional<StoredRequest>& read, WriteSet& set);

// Records a request in place of `earlier`, on the condition that nobody else did meanwhile.
void PutRequest(RowPlaces row_keys, const std::optional<StoredRequest>& earlier,
                storage::v1::IdempotencyRecord record, WriteSet& set);

struct StoredEnumeration {
  storage::v1::EnumerationRow row;
  std::string row_key;
  uint64_t revision = 0;
};

// DATA_LOSS when there are two.
absl::StatusOr<std::optional<StoredEnumeration>> FindEnumeration(const Engine& engine,
                                                                 RowPlaces row_keys);

// What of a row is still within the window.
storage::v1::EnumerationRow WithinWindow(const storage::v1::EnumerationRow& row,
                                         absl::Duration window, absl::Time now);

// When the first entry leaves the window; InfiniteFuture when there is none.
absl::Time FirstToLeave(const storage::v1::EnumerationRow& row, absl::Duration window);

// Makes `set` conditional on the row being as it was read.
void HoldEnumeration(RowPlaces row_keys, const std::optional<StoredEnumeration>& read,
                     WriteSet& set);

// Puts a row that is not empty in place of `earlier`, likewise. One in a new place is due when its
// first entry leaves `window`; one that stays has its due row already.
void PutEnumeration(RowPlaces row_keys, const std::optional<StoredEnumeration>& earlier,
                    storage::v1::EnumerationRow row, absl::Duration window, WriteSet& set);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_RECORDS_WINDOW_ROWS_H_
