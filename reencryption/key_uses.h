#ifndef CARDVAULT_REENCRYPTION_KEY_USES_H_
#define CARDVAULT_REENCRYPTION_KEY_USES_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "keys/key_purpose.h"
#include "vault/engine/engine.h"
#include "vault/engine/table.h"

namespace cardvault {

// That something which a row holds was made under a version of a key.
struct KeyUse {
  KeyPurpose purpose;
  uint32_t version = 0;
  // What the version is kept for: a sealed field, a fingerprint, a live token, a request's digest,
  // a row that leads from callers' ids. The rest are traces: tombstones of tokens, pointers to
  // fingerprints, entries of the enumeration guard, row keys that are forgotten after a day.
  bool is_record = true;
};

// The tables whose rows are made under keys.
const std::vector<Table>& TablesUnderKeys();

// Adds what `row` of one of those tables was made under. DATA_LOSS when that cannot be read; then
// what is known of it all the same is added. Thread-safe.
absl::Status AppendKeyUses(Table table, const KeyedRow& row, std::vector<KeyUse>& uses);

}  // namespace cardvault

#endif  // CARDVAULT_REENCRYPTION_KEY_USES_H_
