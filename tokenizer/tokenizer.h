#ifndef CARDVAULT_TOKENIZER_TOKENIZER_H_
#define CARDVAULT_TOKENIZER_TOKENIZER_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/executor.h"
#include "keys/keyring_holder.h"
#include "tokenizer/token_view.h"
#include "tokenizer/tokenize_request.h"  // IWYU pragma: export
#include "vault/commit/commit_pipeline.h"
#include "vault/engine/engine.h"

namespace cardvault {

// The tokenize flow: fingerprint, existing token or a new one, seal, commit (record, indexes,
// idempotency record, audit entry), answer. Handlers do not block on the disk: `done` runs on the
// commit thread or on the executor, once. Thread-safe.
class Tokenizer final {
 public:
  template <typename T>
  using Done = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;
  using Options = TokenizerOptions;

  // All must outlive the tokenizer and the calls that it has in flight.
  Tokenizer(const Engine& engine, CommitPipeline& pipeline, const KeyringHolder& keyring,
            const Clock& clock, Executor& executor, Options options);
  ~Tokenizer();

  // Errors: as TokenService.Tokenize in the proto; a replay whose token was deleted since is
  // NOT_FOUND (TOKEN_NOT_FOUND); a card that other calls keep changing is ABORTED (IN_PROGRESS).
  void Tokenize(TokenizeInput input, Done<TokenizeOutput> done);

  // Errors: as TokenService.ReplacePan in the proto; else likewise.
  void ReplacePan(ReplacePanInput input, Done<TokenView> done);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace cardvault

#endif  // CARDVAULT_TOKENIZER_TOKENIZER_H_
