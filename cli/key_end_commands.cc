#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cardvault/admin/v1/key_service.grpc.pb.h"
#include "cli/admin_call.h"
#include "cli/commands.h"
#include "cli/key_table.h"
#include "cli/numbers.h"
#include "cli/protected_call.h"

namespace cardvault::cli {
namespace {

using admin::v1::KeyService;

struct EndOptions {
  std::string purpose;
  int version = 0;
  std::string check_value;
};

// A version of a key.
constexpr NumberRange kVersions = {1, 1'000'000, "a key version"};

int Compromise(Session& session, const EndOptions& options) {
  admin::v1::MarkKeyCompromisedRequest request;
  request.set_purpose(options.purpose);
  request.set_version(options.version);
  return AdminCall<KeyService, admin::v1::MarkKeyCompromisedRequest,
                   admin::v1::MarkKeyCompromisedResponse>(
      session, request, &KeyService::Stub::MarkKeyCompromised,
      [](const admin::v1::MarkKeyCompromisedResponse& response) {
        return absl::StrCat(
            response.key().purpose(), " version ", response.key().version(),
            " is marked compromised; version ", response.active().version(), " encrypts\n",
            response.reencryption_started()
                ? "what rests under earlier versions is being re-encrypted: `cardvault key "
                  "reencrypt --watch` shows it\n"
                : "nothing is being re-encrypted by this; docs/playbooks/key-compromised.md says "
                  "what to do next\n");
      });
}

int DestroyVersion(Session& session, const EndOptions& options) {
  admin::v1::DestroyKeyRequest request;
  request.set_purpose(options.purpose);
  request.set_version(options.version);
  return ProtectedCall<KeyService, admin::v1::DestroyKeyRequest, admin::v1::DestroyKeyResponse>(
      session, request, &KeyService::Stub::DestroyKey, &admin::v1::Proposal::mutable_destroy_key,
      [](const admin::v1::DestroyKeyResponse& response) {
        std::string text =
            absl::StrCat(response.key().purpose(), " version ", response.key().version(),
                         ", check value ", response.key().check_value(), ", is destroyed\n",
                         response.scanned_row_count(), " rows scanned from audit entry ",
                         response.audit_entry_count(), " on, none under it\n");
        if (response.backup_count() > 0) {
          absl::StrAppend(&text, response.backup_count(),
                          " listed backups hold it still, wrapped by the KEK of their time: ",
                          absl::StrJoin(response.backup_ids(), ", "), "\n");
        }
        if (!response.purged()) {
          absl::StrAppend(&text,
                          "the database's files could not be rewritten yet: that is tried again\n");
        }
        return text;
      });
}

int DestroyKek(Session& session, const EndOptions& options) {
  admin::v1::DestroyKekRequest request;
  request.set_check_value(options.check_value);
  return ProtectedCall<KeyService, admin::v1::DestroyKekRequest, admin::v1::DestroyKekResponse>(
      session, request, &KeyService::Stub::DestroyKek, &admin::v1::Proposal::mutable_destroy_kek,
      [](const admin::v1::DestroyKekResponse& response) {
        return absl::StrCat("KEK ", response.kek().check_value(), " (", response.kek().provider(),
                            ", generation ", response.kek().generation(), ") is destroyed\n");
      });
}

int Destroy(Session& session, const EndOptions& options) {
  if (options.purpose == "kek") {
    if (options.check_value.empty()) return Session::Misused("a KEK is named by --check-value");
    return DestroyKek(session, options);
  }
  if (options.version == 0) return Session::Misused("a key is named by --purpose and --version");
  return DestroyVersion(session, options);
}

}  // namespace

void AddKeyEndVerbs(CLI::App& key, Session& session, int& exit_code) {
  auto options = std::make_shared<EndOptions>();
  CLI::App* compromise =
      key.add_subcommand("compromise",
                         "mark a version that somebody knows: it encrypts no more, and what is "
                         "under it is re-encrypted\n"
                         "Example: cardvault key compromise --purpose pan --version 2");
  compromise->add_option("--purpose", options->purpose, "as `cardvault key list` shows it")
      ->required();
  AddNumber(compromise, "--version", options->version, kVersions, "of the key")->required();
  compromise->callback(
      [&session, &exit_code, options] { exit_code = Compromise(session, *options); });

  CLI::App* destroy =
      key.add_subcommand("destroy",
                         "end a version, or a KEK, that nothing needs any more, for good\n"
                         "Example: cardvault key destroy --purpose pan --version 2\n"
                         "         cardvault key destroy --purpose kek --check-value 93ca49");
  destroy->add_option("--purpose", options->purpose, "as `cardvault key list` shows it; or kek")
      ->required();
  AddNumber(destroy, "--version", options->version, kVersions, "of the key");
  destroy->add_option("--check-value", options->check_value, "of the KEK");
  destroy->callback([&session, &exit_code, options] { exit_code = Destroy(session, *options); });
}

}  // namespace cardvault::cli
