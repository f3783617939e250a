#ifndef CARDVAULT_REENCRYPTION_KEY_CENSUS_H_
#define CARDVAULT_REENCRYPTION_KEY_CENSUS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "absl/status/statusor.h"
#include "audit/audit_leaf.h"
#include "keys/key_purpose.h"
#include "keys/keyring_holder.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/engine/engine.h"

namespace cardvault {

// How much rests under one version of a key (reencryption/key_uses.h).
struct KeyCount {
  uint64_t records = 0;
  // Not worth a record of its own, and yet no destruction before it is gone: tombstones keep a
  // version of the token-MAC key for good, entries of the enumeration guard one of the fingerprint
  // key, and rows of requests and of the guard one of the row-index key, for their window.
  uint64_t traces = 0;

  uint64_t all() const { return records + traces; }
};

// What rests under which key versions, counted in one consistent pass over the store.
// docs/design/0006-what-rests-under-a-key.md says why nothing can land behind it.
// Thread-compatible.
class KeyCensus final {
 public:
  // Counts. First an entry admin.read (`key census`) of `origin` goes through the pipeline: what
  // was sealed under versions that are no longer active by then is in the store before it, or
  // never. Takes some seconds for each million of cards, during which no purge can be made; `stop`
  // is asked now and then. Errors: FAILED_PRECONDITION (VAULT_SEALED); UNAVAILABLE
  // (AUDIT_UNAVAILABLE), also when the store was repaired meanwhile; UNAVAILABLE (DRAINING) when it
  // was told to stop; DATA_LOSS when a table cannot be read to its end.
  static absl::StatusOr<KeyCensus> Take(const Engine& engine, CommitPipeline& pipeline,
                                        const KeyringHolder& keyring, const AuditOrigin& origin,
                                        const std::function<bool()>& stop);

  // Of cursors: nothing, page tokens are not stored.
  KeyCount Of(KeyPurpose purpose, uint32_t version) const;

  // Rows that were looked at, and those of them whose key versions cannot be read.
  uint64_t scanned_rows() const { return scanned_rows_; }
  uint64_t unreadable_rows() const { return unreadable_rows_; }

  // The census is of the store as it stood when the audit log had so many entries.
  uint64_t audit_entry_count() const { return audit_entry_count_; }

  // Whether nothing rests under a version, and nothing can any more: every row could be read, none
  // is under it, and it was not active when the census began.
  bool ProvesUnused(KeyPurpose purpose, uint32_t version) const;

 private:
  KeyCensus() = default;
  absl::Status CountTable(const EngineSnapshot& snapshot, Table table,
                          const std::function<bool()>& stop);

  std::map<std::pair<KeyPurpose, uint32_t>, KeyCount> counts_;
  std::map<KeyPurpose, uint32_t> active_;
  uint64_t scanned_rows_ = 0;
  uint64_t unreadable_rows_ = 0;
  uint64_t audit_entry_count_ = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_REENCRYPTION_KEY_CENSUS_H_
