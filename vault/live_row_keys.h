#ifndef CARDVAULT_VAULT_LIVE_ROW_KEYS_H_
#define CARDVAULT_VAULT_LIVE_ROW_KEYS_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/status.h"
#include "keys/keyring.h"
#include "keys/keyring_holder.h"
#include "vault/row_keys.h"

namespace cardvault {

// Row keys under every version of the row-index key that still verifies. A row stands under one of
// them: it is put under the active one, and the re-encryption moves it there from an earlier one.
// docs/design/0008-the-row-index-key-rotates.md says what follows for those who look for it:
//
// - Who decides, and commits what he decided, reads the active version's place first. A row that
//   moves meanwhile is met once at most; his set names all the places as they were read, and the
//   active version in `sealed_under`, so a row that he missed makes it fail.
// - Who answers what he read, without a commit, reads the active version's place last: a row that
//   moves meanwhile is met once at least. When he is through, IsCurrent must still hold
//   (WhileLive).
//
// Thread-safe.
class LiveRowKeys final {
 public:
  // FAILED_PRECONDITION (VAULT_SEALED).
  static absl::StatusOr<LiveRowKeys> Open(const Keyring& keyring);

  const RowKeys& active() const { return versions_.front(); }
  uint32_t active_version() const { return active().version(); }
  // The active one, then the others, the newest first.
  const std::vector<RowKeys>& newest_first() const { return versions_; }
  // The active one last.
  std::vector<RowKeys> active_last() const { return {versions_.rbegin(), versions_.rend()}; }

  // Whether no other version became active since, to which rows may have moved out of sight.
  bool IsCurrent(const Keyring& keyring) const;

 private:
  explicit LiveRowKeys(std::vector<RowKeys> versions) : versions_(std::move(versions)) {}

  std::vector<RowKeys> versions_;
};

// Answers what `look` (const Keyring&, const LiveRowKeys& -> StatusOr<T>) reads and nobody commits:
// looks again when the row-index key was rotated meanwhile. Errors: as `look`;
// FAILED_PRECONDITION (VAULT_SEALED).
template <typename Look>
auto WhileLive(const KeyringHolder& holder, Look look)
    -> decltype(look(std::declval<const Keyring&>(), std::declval<const LiveRowKeys&>())) {
  while (true) {
    ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> keyring, holder.Snapshot());
    ASSIGN_OR_RETURN(const LiveRowKeys keys, LiveRowKeys::Open(*keyring));
    auto answer = look(*keyring, keys);
    ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> now, holder.Snapshot());
    if (keys.IsCurrent(*now)) return answer;
  }
}

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_LIVE_ROW_KEYS_H_
