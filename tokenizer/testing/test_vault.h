#ifndef CARDVAULT_TOKENIZER_TESTING_TEST_VAULT_H_
#define CARDVAULT_TOKENIZER_TESTING_TEST_VAULT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"
#include "audit/audit_leaf.h"
#include "base/executor.h"
#include "base/id.h"
#include "base/testing/fake_clock.h"
#include "keys/keyring_holder.h"
#include "tokenizer/token_desk.h"
#include "tokenizer/tokenizer.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/engine/testing/fake_engine.h"
#include "vault/records/card_tables.h"

namespace cardvault {

// A whole vault for tests: an engine in memory (or another, given), a clock that stands still, keys
// that are not secret, one log entry so that no card has revision 0. Calls wait for their answers.
// Thread-safe.
class TestVault final {
 public:
  explicit TestVault(TokenizerOptions options = {});
  TestVault(Engine& engine, TokenizerOptions options);  // `engine` must outlive this
  ~TestVault();

  // Commits what waits and ends the threads.
  void Stop();

  // Makes `version` the active one of every purpose. Older versions still open and verify.
  void RotateKeys(uint32_t version);

  Engine& engine() { return engine_; }
  FakeEngine& fake_engine() { return own_engine_; }
  FakeClock& clock() { return clock_; }
  KeyringHolder& keyring() { return keyring_; }
  CommitPipeline& pipeline() { return *pipeline_; }
  Tokenizer& tokenizer() { return *tokenizer_; }
  TokenDesk& desk() { return *desk_; }
  const TokenizerOptions& options() const { return options_; }

  // A request for a card of `merchant`, valid to 12/2035, under a request id of its own.
  TokenizeInput Card(absl::string_view pan, absl::string_view merchant = "shop");
  ReplacePanInput Replacement(const Token& token, absl::string_view pan,
                              absl::string_view merchant = "shop");

  absl::StatusOr<TokenizeOutput> Tokenize(TokenizeInput input);
  absl::StatusOr<TokenView> ReplacePan(ReplacePanInput input);
  absl::StatusOr<TokenView> Get(const Token& token, absl::string_view merchant = "shop");
  absl::StatusOr<TokenView> Update(CardUpdate update, absl::string_view merchant = "shop");
  absl::StatusOr<TokenView> Disable(const Token& token, absl::string_view merchant = "shop");
  absl::StatusOr<TokenView> Enable(const Token& token, absl::string_view merchant = "shop");
  absl::StatusOr<bool> Delete(const Token& token, absl::string_view merchant = "shop");
  // All pages of a listing.
  absl::StatusOr<std::vector<TokenView>> ListAll(const TokenFilter& filter, size_t page_size,
                                                 absl::string_view merchant = "shop");

  // The audit entries from the `first` one on.
  std::vector<AuditLeaf> Leaves(uint64_t first = 0);
  std::vector<KeyedRow> Rows(Table table);

  // What is wrong with the rows of all cards: each record's indexes, each fingerprint's rows, each
  // slot, each due row, and nothing beyond them. "" when all is right.
  std::string Inconsistency();

 private:
  void Start();

  FakeEngine own_engine_;
  Engine& engine_;
  const TokenizerOptions options_;
  FakeClock clock_;
  KeyringHolder keyring_;
  Executor executor_{2};
  std::unique_ptr<CommitPipeline> pipeline_;
  std::unique_ptr<Tokenizer> tokenizer_;
  std::unique_ptr<TokenDesk> desk_;
  int request_count_ = 0;
};

MerchantId TestMerchant(absl::string_view name);
CustomerId TestCustomer(absl::string_view name);
RequestId TestRequest(absl::string_view name);
CallContext TestCall(absl::string_view merchant);
Expiry TestExpiry(int month, int year);

// Generated card numbers that have BIN and last four in common.
std::vector<std::string> PansSharingEnds(size_t count);

}  // namespace cardvault

#endif  // CARDVAULT_TOKENIZER_TESTING_TEST_VAULT_H_
