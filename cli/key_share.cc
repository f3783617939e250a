#include "cli/key_share.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "base/secret_bytes.h"
#include "base/status.h"
#include "cli/secret_input.h"
#include "cli/words.h"
#include "keys/custody/share_envelope.h"

namespace cardvault::cli {
namespace {

std::string Told(const std::string& path, const absl::Status& status) {
  return absl::StrCat(path, ": ", std::string(status.message()));
}

}  // namespace

std::optional<CustodianShare> OpenShare(const ShareOptions& options, std::string& mistake) {
  const SecretSource source = {"passphrase of the private key", "--passphrase-fd",
                               options.passphrase_fd};
  mistake = SourceMistake(source);
  if (!mistake.empty()) return std::nullopt;
  std::string envelope;
  if (const std::string problem = ReadTextFile(options.share_file, envelope); !problem.empty()) {
    mistake = absl::StrCat(options.share_file, " ", problem);
    return std::nullopt;
  }
  const std::optional<SecretBytes> key = ReadSecretFile(options.key_file, mistake);
  if (!key.has_value()) return std::nullopt;
  std::string asked;
  const absl::StatusOr<SecretBytes> document =
      OpenEnvelope(envelope, *key, [&]() -> absl::StatusOr<SecretBytes> {
        std::optional<SecretBytes> passphrase = ReadSecretLine(source, asked);
        if (passphrase.has_value()) return *std::move(passphrase);
        return InvalidArgument(ErrorReason::kFieldMissing, "private_key", "no passphrase");
      });
  if (!document.ok()) {
    const bool of_key = FieldOf(document.status()) == "private_key";
    mistake = !asked.empty()
                  ? asked
                  : Told(of_key ? options.key_file : options.share_file, document.status());
    return std::nullopt;
  }
  absl::StatusOr<CustodianShare> share = ParseCustodianShare(*document);
  if (!share.ok()) {
    mistake = Told(options.share_file, share.status());
    return std::nullopt;
  }
  return *std::move(share);
}

const admin::v1::Custody* CustodyOf(const CustodianShare& share,
                                    const admin::v1::GetCustodyStatusResponse& status,
                                    std::string& mistake) {
  if (share.vault_id != status.vault_id()) {
    mistake = absl::StrCat("the share is of another vault, ", share.vault_id);
    return nullptr;
  }
  if (share.custodian != status.caller()) {
    mistake = absl::StrCat("the share is ", share.custodian, "'s, and the profile's custodian is ",
                           status.caller());
    return nullptr;
  }
  for (const admin::v1::Custody* custody : {&status.present(), &status.proposed()}) {
    if (custody->kek_id() == absl::BytesToHexString(share.kek_id) &&
        custody->kek_check_value() == share.check_value) {
      return custody;
    }
  }
  mistake = absl::StrCat("the share is of another key, check value ", share.check_value,
                         "; the vault's has ", status.present().kek_check_value());
  return nullptr;
}

}  // namespace cardvault::cli
