#ifndef CARDVAULT_VAULT_RECORDS_DUE_ROWS_H_
#define CARDVAULT_VAULT_RECORDS_DUE_ROWS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "vault/commit/write_set.h"

namespace cardvault {

// What falls due. The numbers are stored and never reused.
enum class DueKind : uint8_t {
  kRetention = 1,    // object: a token; its record is deleted
  kIdempotency = 2,  // object: key of an idempotency record, which is forgotten
  kEnumeration = 3,  // object: key of an enumeration row, whose old entries are forgotten
};

struct Due {
  int64_t time_micros = 0;
  DueKind kind = DueKind::kRetention;
  std::string object;
};

// Table due: time (8 bytes, big-endian), kind (1 byte), object. Sorts by time. Thread-safe.
std::string DueKey(int64_t time_micros, DueKind kind, absl::string_view object);
// DATA_LOSS for what DueKey cannot have made.
absl::StatusOr<Due> ParseDueKey(absl::string_view key);

// The first key of what falls due after `time_micros`.
std::string DueKeyAfter(int64_t time_micros);

void PutDue(int64_t time_micros, DueKind kind, absl::string_view object, WriteSet& set);
void DeleteDue(int64_t time_micros, DueKind kind, absl::string_view object, WriteSet& set);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_RECORDS_DUE_ROWS_H_
