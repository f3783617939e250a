#ifndef CARDVAULT_VAULT_COMMIT_AUDIT_TAIL_H_
#define CARDVAULT_VAULT_COMMIT_AUDIT_TAIL_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "audit/audit_leaf.h"
#include "audit/compact_range.h"
#include "vault/engine/engine.h"

namespace cardvault {

// Every entry whose sequence is a multiple of this, the first excepted, is keyring.attested: it
// repeats the keyring revision in force. (Or log.restored, which keyring.changed follows.) So the
// newest revision that the log knows is found from the log alone, without any pointer that could be
// put back with the keyring, by reading no more than this many entries from the end
// (docs/formats/audit_log.md). Part of the format.
inline constexpr uint64_t kKeyringAttestInterval = 65536;

// At least as many entries of the end of the log are hashed again at every start, and the tree's
// stored nodes over them compared: what a damaged or edited file would hit most.
inline constexpr uint64_t kRehashedEntries = 10'000;

// Where the hashing again begins in a log of `size` entries, at least one: a multiple of
// kKeyringAttestInterval, the last one or the one before it. It never goes back while the log
// grows.
uint64_t FirstRehashed(uint64_t size);

// Where the audit log ends.
struct AuditTail {
  // Every entry so far is a leaf of it: its size is the next sequence.
  CompactRange tree;
  // Of the last entry; the infinite past when there is none.
  absl::Time last_time = absl::InfinitePast();
  // The newest keyring revision in the log, 0 before the first.
  uint64_t keyring_revision = 0;
};

// Reads it from the stored entries and nodes. DATA_LOSS when an entry of those that are read does
// not decode, or stands in another's place, or is missing, or when a node over them is not what
// they make; else as Engine::Last.
absl::StatusOr<AuditTail> ReadAuditTail(const Engine& engine);

// Whether the entry names a keyring revision, and which; false also when its object is no number.
bool NamesKeyringRevision(const AuditLeaf& leaf, uint64_t& revision);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_COMMIT_AUDIT_TAIL_H_
