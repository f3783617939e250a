#ifndef CARDVAULT_VAULT_RECORDS_WINDOW_ROWS_H_
#define CARDVAULT_VAULT_RECORDS_WINDOW_ROWS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"

namespace cardvault {

// Rows that live for a window of time and are then swept: idempotency and enumeration. Writers add
// the row in table due that brings the sweep. Thread-safe.

struct StoredRequest {
  storage::v1::IdempotencyRecord record;
  uint64_t revision = 0;
};

// nullopt when no such request is on record; one whose time has passed may still be.
absl::StatusOr<std::optional<StoredRequest>> FindRequest(const Engine& engine,
                                                         absl::string_view row_key);

// Makes `set` conditional on the request standing on record as it was read.
void HoldRequest(const std::string& row_key, const std::optional<StoredRequest>& read,
                 WriteSet& set);

// Records a request in place of `earlier`, on the condition that nobody else did meanwhile.
void PutRequest(const std::string& row_key, const std::optional<StoredRequest>& earlier,
                storage::v1::IdempotencyRecord record, WriteSet& set);

struct StoredEnumeration {
  storage::v1::EnumerationRow row;
  uint64_t revision = 0;
};

absl::StatusOr<std::optional<StoredEnumeration>> FindEnumeration(const Engine& engine,
                                                                 absl::string_view row_key);

// What of a row is still within the window.
storage::v1::EnumerationRow WithinWindow(const storage::v1::EnumerationRow& row,
                                         absl::Duration window, absl::Time now);

// When the first entry leaves the window; InfiniteFuture when there is none.
absl::Time FirstToLeave(const storage::v1::EnumerationRow& row, absl::Duration window);

// Makes `set` conditional on the row being as it was read.
void HoldEnumeration(const std::string& row_key, const std::optional<StoredEnumeration>& read,
                     WriteSet& set);

// Puts a row in place of `earlier`, likewise. A row made new is due at `due_micros`; one that was
// there has its due row already.
void PutEnumeration(const std::string& row_key, const std::optional<StoredEnumeration>& earlier,
                    storage::v1::EnumerationRow row, int64_t due_micros, WriteSet& set);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_RECORDS_WINDOW_ROWS_H_
