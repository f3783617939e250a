#ifndef CARDVAULT_TOKENIZER_TOKEN_DESK_H_
#define CARDVAULT_TOKENIZER_TOKEN_DESK_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "base/executor.h"
#include "card/token.h"
#include "keys/keyring_holder.h"
#include "tokenizer/card_update.h"    // IWYU pragma: export
#include "tokenizer/token_filter.h"   // IWYU pragma: export
#include "tokenizer/token_listing.h"  // IWYU pragma: export
#include "tokenizer/token_view.h"
#include "vault/call_context.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"

namespace cardvault {

// What merchants do with tokens they have: read, list, change, disable, enable, delete. The PAN is
// never opened here. `done` runs on the commit thread or the executor, once. Thread-safe.
class TokenDesk final {
 public:
  template <typename T>
  using Done = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;

  // All must outlive the desk and the calls that it has in flight.
  TokenDesk(const Engine& engine, CommitPipeline& pipeline, const KeyringHolder& keyring,
            const Clock& clock, Executor& executor, VaultMode mode);
  ~TokenDesk();

  // NOT_FOUND (TOKEN_NOT_FOUND): a token of this vault's mode whose MAC is right for this merchant
  // and whose record lives; one answer for all that is not. The MAC is checked before the store.
  absl::StatusOr<TokenView> Get(const CallContext& call, const Token& token) const;

  // That the card is still as this view shows it: not deleted, disabled or replaced since.
  static Precondition Unchanged(const Token& token, uint64_t revision);

  // INVALID_ARGUMENT (FIELD_INVALID, "page_token").
  absl::StatusOr<TokenPage> List(const CallContext& call, const TokenFilter& filter,
                                 size_t page_size, absl::string_view page_token) const;

  // ABORTED (REVISION), NOT_FOUND, INVALID_ARGUMENT.
  void Update(const CallContext& call, CardUpdate update, Done<TokenView> done);
  // Doing it again is OK and changes nothing. A used single-use token stays USED: it is not charged
  // again in any case; to enable it is FAILED_PRECONDITION (TOKEN_USED).
  void Disable(const CallContext& call, const Token& token, Done<TokenView> done);
  void Enable(const CallContext& call, const Token& token, Done<TokenView> done);
  // True when this call deleted it; false, and OK, when it is the merchant's own deleted token.
  // DATA_LOSS when rows that belong to the card are missing.
  void Delete(const CallContext& call, const Token& token, Done<bool> done);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace cardvault

#endif  // CARDVAULT_TOKENIZER_TOKEN_DESK_H_
