#ifndef CARDVAULT_VAULT_COMMIT_WARRANT_H_
#define CARDVAULT_VAULT_COMMIT_WARRANT_H_

#include <utility>
#include <vector>

#include "audit/audit_leaf.h"
#include "vault/commit/write_set.h"

namespace cardvault {

// On whose word an operator's change is made: what its entries say of him, and what is committed
// together with it or not at all. An operator's own call has the origin alone; the effect of an
// approved change brings the change's row with it, so that the two cannot part. Thread-compatible.
struct Warrant {
  Warrant() = default;
  Warrant(AuditOrigin of) : origin(std::move(of)) {}  // NOLINT(google-explicit-constructor)

  AuditOrigin origin;
  std::vector<Precondition> preconditions;
  std::vector<WriteSet::Put> puts;
  std::vector<WriteSet::Delete> deletes;
  std::vector<AuditLeaf> leaves;        // behind those of the effect
  std::vector<AuditLeaf> first_leaves;  // before those of the effect

  // Of a set whose effect is made by `of`: the warrant of what is committed beside it. The set
  // holds nothing sealed.
  Warrant(AuditOrigin of, WriteSet set)
      : origin(std::move(of)),
        preconditions(std::move(set.preconditions)),
        puts(std::move(set.puts)),
        deletes(std::move(set.deletes)),
        leaves(std::move(set.leaves)) {}

  // Adds all but the origin to the set of the change.
  void Join(WriteSet& set) const {
    set.preconditions.insert(set.preconditions.end(), preconditions.begin(), preconditions.end());
    set.puts.insert(set.puts.end(), puts.begin(), puts.end());
    set.deletes.insert(set.deletes.end(), deletes.begin(), deletes.end());
    set.leaves.insert(set.leaves.begin(), first_leaves.begin(), first_leaves.end());
    set.leaves.insert(set.leaves.end(), leaves.begin(), leaves.end());
  }
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_COMMIT_WARRANT_H_
