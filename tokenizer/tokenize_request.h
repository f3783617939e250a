#ifndef CARDVAULT_TOKENIZER_TOKENIZE_REQUEST_H_
#define CARDVAULT_TOKENIZER_TOKENIZE_REQUEST_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "base/id.h"
#include "card/bin.h"
#include "card/expiry.h"
#include "card/pan.h"
#include "card/vault_mode.h"
#include "tokenizer/token_view.h"
#include "vault/call_context.h"
#include "vault/records/reuse.h"  // IWYU pragma: export

namespace cardvault {

// The API's numbers; stored.
enum class Disposition { kCreated = 1, kExisting = 2, kExpiryUpdated = 3, kUpdated = 4 };

// What becomes of a row of an import whose card has a token already.
enum class Duplicates {
  kSkip,    // it is answered, and stays as it is
  kUpdate,  // it gets the row's expiry, name and labels
  kRefuse,  // ALREADY_EXISTS (DUPLICATE)
};

// How a row of an import differs from a Tokenize: besides, its request id is one of imports alone,
// and it has the enumeration guard's limit for imports.
struct ImportTerms {
  Duplicates duplicates = Duplicates::kSkip;
  bool accept_expired = false;
};

struct TokenizeInput {
  CallContext call;
  RequestId request_id;
  Pan pan;
  Expiry expiry;
  std::string cardholder_name;  // checked free text
  std::optional<CustomerId> customer;
  Labels labels;  // checked
  std::optional<absl::Duration> retention;
  bool single_use = false;
  Reuse reuse = Reuse::kCustomer;
  // Adds the entry cvv.deposited when the answered token is ACTIVE and this is no replay; the CVV
  // itself is the caller's to deposit, under the same two conditions.
  bool with_cvv = false;
  std::optional<ImportTerms> import = {};  // set for a row of an import
};

struct TokenizeOutput {
  TokenView view;
  Disposition disposition = Disposition::kCreated;
  // Set for a replay: the revision that the first answer's commit gave its rows. The CVV is
  // deposited again only if no payment was attempted on the token since.
  std::optional<uint64_t> replay_of;
};

struct ReplacePanInput {
  CallContext call;
  RequestId request_id;
  Token token;
  uint64_t revision = 0;  // 0: whatever it is now
  Pan pan;
  Expiry expiry;
  std::optional<std::string> cardholder_name;
};

struct TokenizerOptions {
  VaultMode mode = VaultMode::kSandbox;
  BinLength bin_length = BinLength::kSix;
  // Distinct PANs that share BIN and last four, per merchant and window; the next is refused.
  int enumeration_limit = 10;
  // The same for rows of imports, counted together with what is tokenized: a migration brings many
  // cards of one issuer at once.
  int import_enumeration_limit = 10;
  absl::Duration enumeration_window = absl::Hours(24);
  absl::Duration idempotency_window = absl::Hours(24);
};

}  // namespace cardvault

#endif  // CARDVAULT_TOKENIZER_TOKENIZE_REQUEST_H_
