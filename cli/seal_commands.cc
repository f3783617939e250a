#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "cardvault/admin/v1/custody_service.grpc.pb.h"
#include "cli/admin_call.h"
#include "cli/commands.h"
#include "cli/custodian_session.h"
#include "cli/secret_input.h"

namespace cardvault::cli {
namespace {

using admin::v1::CustodyService;

int Seal(Session& session) {
  return AdminCall<CustodyService, admin::v1::SealRequest, admin::v1::SealResponse>(
      session, {}, &CustodyService::Stub::Seal,
      [](const admin::v1::SealResponse&) { return "the vault is sealed\n"; });
}

int Unseal(Session& session, const ShareOptions& options) {
  ShownShare shown;
  if (const int failed = OpenShareFor(session, options, /*present_alone=*/true, shown);
      failed != kOk) {
    return failed;
  }
  admin::v1::SubmitShareRequest request;
  const SecretField field(request.mutable_share(), shown.share.share);
  return AdminCall<CustodyService, admin::v1::SubmitShareRequest, admin::v1::SubmitShareResponse>(
      session, request, &CustodyService::Stub::SubmitShare,
      [](const admin::v1::SubmitShareResponse& answer) {
        if (answer.unsealed()) return std::string("the vault is unsealed\n");
        return absl::StrCat("share taken: ", answer.collected_count(), " of ", answer.threshold(),
                            "; it waits fifteen minutes for the others\n");
      },
      nullptr, kCustodianRole);
}

}  // namespace

void AddShareOptions(CLI::App& verb, ShareOptions& options) {
  verb.add_option("--share", options.share_file, "the file with the sealed share")->required();
  verb.add_option("--key", options.key_file,
                  "the private key of the certificate that the share is sealed to, PEM; its "
                  "passphrase is asked for")
      ->required();
  AddNumber(&verb, "--passphrase-fd", options.passphrase_fd, kDescriptors,
            "read the passphrase from here");
}

void AddSealVerbs(CLI::App& key, Session& session, int& exit_code) {
  CLI::App* seal = key.add_subcommand(
      "seal", "forget every key at once; the custodians unseal again\nExample: cardvault key seal");
  seal->callback([&session, &exit_code] { exit_code = Seal(session); });

  auto options = std::make_shared<ShareOptions>();
  CLI::App* unseal = key.add_subcommand(
      "unseal",
      "as a custodian: open one's share here, and hand it to the server\n"
      "Example: cardvault key unseal --share alice-1a2b3c.share --key alice.key");
  AddShareOptions(*unseal, *options);
  unseal->callback([&session, &exit_code, options] { exit_code = Unseal(session, *options); });
}

}  // namespace cardvault::cli
