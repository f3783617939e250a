#include "sandbox/credentials.h"

#include <fstream>
#include <iterator>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "sandbox/field_checker.h"
#include "sandbox/json_value.h"
#include "sandbox/praxis13_cipher.h"

namespace cardvault::sandbox {
namespace {

constexpr size_t kTextMax = 256;

std::string Required(FieldChecker& fields, absl::string_view name) {
  return std::string(fields.String(name, Presence::kRequired, kTextMax));
}

}  // namespace

absl::StatusOr<Credentials> ParseCredentials(absl::string_view json) {
  const absl::StatusOr<JsonValue> file = JsonValue::Parse(json);
  if (!file.ok()) return file.status();
  std::optional<FieldProblem> problem;
  Credentials credentials;
  FieldChecker root(*file, problem);
  {
    FieldChecker h2h(root, "h2h");
    credentials.h2h.wallet_uid = Required(h2h, "wallet_uid");
    credentials.h2h.key_id = Required(h2h, "key_id");
    credentials.h2h.api_secret = Required(h2h, "api_secret");
    credentials.h2h.payin_cascade_id = Required(h2h, "payin_cascade_id");
    credentials.h2h.payout_cascade_id = Required(h2h, "payout_cascade_id");
    h2h.RefuseUnknownMembers();
  }
  {
    FieldChecker praxis(root, "praxis");
    credentials.praxis.merchant_id = Required(praxis, "merchant_id");
    credentials.praxis.frontend = Required(praxis, "frontend");
    credentials.praxis.merchant_secret = Required(praxis, "merchant_secret");
    credentials.praxis.payout_word =
        std::string(praxis.String("payout_word", Presence::kOptional, kTextMax));
    if (credentials.praxis.payout_word.empty()) credentials.praxis.payout_word = "payout";
    praxis.RefuseUnknownMembers();
  }
  if (file->Find("praxis13") != nullptr) {
    FieldChecker praxis13(root, "praxis13");
    credentials.praxis13.emplace();
    credentials.praxis13->merchant_id = Required(praxis13, "merchant_id");
    credentials.praxis13->application_key = Required(praxis13, "application_key");
    credentials.praxis13->merchant_secret = Required(praxis13, "merchant_secret");
    if (credentials.praxis13->merchant_secret.size() > kPraxis13SecretBytesMax) {
      praxis13.Reject("merchant_secret", "longer than 32 bytes");
    }
    credentials.praxis13->gateway = Required(praxis13, "gateway");
    praxis13.RefuseUnknownMembers();
  }
  root.RefuseUnknownMembers();
  if (problem) return absl::InvalidArgumentError(problem->Text());
  return credentials;
}

absl::StatusOr<Credentials> LoadCredentials(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat(path, ": cannot be read"));
  const std::string json{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  absl::StatusOr<Credentials> credentials = ParseCredentials(json);
  if (!credentials.ok()) {
    return absl::Status(credentials.status().code(),
                        absl::StrCat(path, ": ", credentials.status().message()));
  }
  return credentials;
}

}  // namespace cardvault::sandbox
