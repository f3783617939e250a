#ifndef CARDVAULT_VAULT_COMMIT_WRITE_SET_H_
#define CARDVAULT_VAULT_COMMIT_WRITE_SET_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "audit/audit_leaf.h"
#include "keys/key_purpose.h"
#include "vault/engine/engine.h"

namespace cardvault {

// One effect: its rows, the conditions under which it may happen, and the audit entries that tell
// of it. All of it is committed, or none.
struct WriteSet {
  struct Put {
    Table table;
    std::string key;
    std::string value;
  };
  struct Delete {
    Table table;
    std::string key;
  };
  // A key version under which something in this set was sealed; the commit thread refuses the set
  // when the version is no longer active (seal again), and while the vault is sealed (kFailed,
  // VAULT_SEALED).
  struct SealedUnder {
    KeyPurpose purpose;
    uint32_t version;
  };

  std::vector<Precondition> preconditions;
  std::vector<Put> puts;
  std::vector<Delete> deletes;
  std::vector<SealedUnder> sealed_under;
  // At least one: there is no change without an entry. May be all there is (a refusal). The audit
  // tables are never named in puts and deletes. What is deleted and put stands as put.
  std::vector<AuditLeaf> leaves;
  // The segment of the audit log from this entry on is dropped (vault/commit/log_cut.h). Its only
  // leaf is the log.retired that says so, and a precondition where the log was cut before.
  std::optional<uint64_t> retired_segment;
};

// What became of a write set.
struct CommitResult {
  enum class Kind {
    kCommitted,
    kConditionFailed,  // preconditions[failed_precondition] did not hold: read again and decide
    kSealedUnderStaleKey,
    // `status` says why. Nothing of the set is there; only after UNAVAILABLE (AUDIT_UNAVAILABLE) it
    // may be there all the same, whole: the medium failed before it said whether it had it.
    kFailed,
  };
  Kind kind = Kind::kFailed;
  absl::Status status;  // OK with kCommitted, never OK else
  int failed_precondition = -1;
  // The revision of every row that the set put: the sequence of its first audit entry.
  uint64_t revision = 0;

  bool committed() const { return kind == Kind::kCommitted; }
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_COMMIT_WRITE_SET_H_
