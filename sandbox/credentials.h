#ifndef CARDVAULT_SANDBOX_CREDENTIALS_H_
#define CARDVAULT_SANDBOX_CREDENTIALS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace cardvault::sandbox {

// The one account that the H2H gateway knows.
struct H2hCredentials {
  std::string wallet_uid;
  std::string key_id;
  std::string api_secret;
  std::string payin_cascade_id;
  std::string payout_cascade_id;
};

// The one account that the Praxis gateway knows.
struct PraxisCredentials {
  std::string merchant_id;
  std::string frontend;
  std::string merchant_secret;
  std::string payout_word;  // transaction_type of a payout; "payout" when the file has none
};

// The one account that the Praxis 1.3 gateway knows.
struct Praxis13Credentials {
  std::string merchant_id;
  std::string application_key;
  std::string merchant_secret;  // at most kPraxis13SecretBytesMax bytes: it is an AES key too
  std::string gateway;
};

struct Credentials {
  H2hCredentials h2h;
  PraxisCredentials praxis;
  std::optional<Praxis13Credentials> praxis13;  // without it that gateway does not serve
};

// Reads the JSON of a credentials file, as README.md describes it.
//
// Returns INVALID_ARGUMENT naming the member that is missing, unknown or no string.
absl::StatusOr<Credentials> ParseCredentials(absl::string_view json);

// Reads the file `path`. Returns NOT_FOUND if it cannot be read, else as ParseCredentials.
absl::StatusOr<Credentials> LoadCredentials(const std::string& path);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_CREDENTIALS_H_
