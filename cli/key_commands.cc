#include <unistd.h>

#include <climits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cardvault/admin/v1/key_service.grpc.pb.h"
#include "cli/admin_call.h"
#include "cli/commands.h"
#include "cli/key_table.h"
#include "cli/protected_call.h"
#include "cli/table.h"

namespace cardvault::cli {
namespace {

using admin::v1::KeyService;

struct InitOptions {
  std::string config;
  std::vector<std::string> operators;
  std::string threshold;
  std::vector<std::string> custodians;
  std::string out_directory;
};

// The server's binary beside this one: it alone touches key bytes.
std::string DaemonPath() {
  char path[PATH_MAX];
  const ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - 1);
  if (size <= 0) return "cardvaultd";
  std::string self(path, static_cast<size_t>(size));
  return self.substr(0, self.rfind('/') + 1) + "cardvaultd";
}

int Init(const InitOptions& options) {
  const std::string daemon = DaemonPath();
  std::vector<std::string> words = {daemon, "--config", options.config, "--init"};
  for (const std::string& uri : options.operators) {
    words.push_back("--operator");
    words.push_back(uri);
  }
  for (const std::string& custodian : options.custodians) {
    words.push_back("--custodian");
    words.push_back(custodian);
  }
  if (!options.threshold.empty()) {
    words.push_back("--threshold");
    words.push_back(options.threshold);
  }
  if (!options.out_directory.empty()) {
    words.push_back("--out");
    words.push_back(options.out_directory);
  }
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execv(daemon.c_str(), arguments.data());
  return Session::Misused(daemon + " cannot be run; it is installed beside cardvault");
}

int Status(Session& session) {
  return AdminCall<KeyService, admin::v1::GetKeyStatusRequest, admin::v1::GetKeyStatusResponse>(
      session, {}, &KeyService::Stub::GetKeyStatus,
      [](const admin::v1::GetKeyStatusResponse& status) {
        return Details({{"vault", status.vault_id()},
                        {"state", EnumWord(status.seal_state(), "SEAL_STATE_")},
                        {"KEK provider", status.kek_provider()},
                        {"KEK check value", status.kek_check_value()},
                        {"keyring revision", absl::StrCat(status.keyring_revision())}});
      });
}

int RotateKek(Session& session, bool to_next) {
  admin::v1::RotateKekRequest request;
  request.set_to_next(to_next);
  return ProtectedCall<KeyService, admin::v1::RotateKekRequest, admin::v1::RotateKekResponse>(
      session, request, &KeyService::Stub::RotateKek, &admin::v1::Proposal::mutable_rotate_kek,
      [](const admin::v1::RotateKekResponse& rotated) {
        return absl::StrCat(
            "every key is wrapped by the KEK with check value ", rotated.kek().check_value(), " (",
            rotated.kek().provider(), ", generation ", rotated.kek().generation(), ")\n",
            rotated.purged()
                ? "what the KEK before had wrapped is purged from the database's files\n"
                : "the database's files could not be rewritten without what the KEK before had "
                  "wrapped: that is tried again\n");
      });
}

struct RotateOptions {
  std::string purpose;
  bool to_next = false;
};

int Rotate(Session& session, const RotateOptions& options) {
  if (options.purpose == "kek") return RotateKek(session, options.to_next);
  if (options.to_next) return Session::Misused("--to-next goes with --purpose kek");
  admin::v1::RotateKeyRequest request;
  request.set_purpose(options.purpose);
  return AdminCall<KeyService, admin::v1::RotateKeyRequest, admin::v1::RotateKeyResponse>(
      session, request, &KeyService::Stub::RotateKey,
      [](const admin::v1::RotateKeyResponse& rotated) {
        google::protobuf::RepeatedPtrField<admin::v1::KeyVersionInfo> keys;
        *keys.Add() = rotated.key();
        return KeyTable(keys);
      });
}

int List(Session& session) {
  return AdminCall<KeyService, admin::v1::ListKeysRequest, admin::v1::ListKeysResponse>(
      session, {}, &KeyService::Stub::ListKeys,
      [](const admin::v1::ListKeysResponse& keys) { return KeyTable(keys.keys()); });
}

int Inventory(Session& session) {
  admin::v1::ListKeysRequest request;
  request.set_count_records(true);
  return AdminCall<KeyService, admin::v1::ListKeysRequest, admin::v1::ListKeysResponse>(
      session, request, &KeyService::Stub::ListKeys, InventoryText);
}

}  // namespace

void AddKeyCommands(CLI::App& app, Session& session, int& exit_code) {
  CLI::App* key = app.add_subcommand("key", "the vault's keys: states, check values and rotation");
  key->require_subcommand(1);
  auto options = std::make_shared<InitOptions>();

  CLI::App* init = key->add_subcommand(
      "init",
      "make a vault: KEK, data directory, keys, first operators; on the server's machine\n"
      "Example: cardvault key init --config cardvault.yaml --operator "
      "spiffe://example.com/operator/alice");
  init->add_option("--config", options->config, "cardvault.yaml")->required();
  init->add_option("--operator", options->operators, "an operator's identity, may be repeated")
      ->required();
  init->add_option("--threshold", options->threshold,
                   "with `kek.provider: custody`: how many custodians unseal the vault");
  init->add_option("--custodian", options->custodians,
                   "with `kek.provider: custody`: IDENTITY=CERTIFICATE, may be repeated");
  init->add_option("--out", options->out_directory,
                   "with `kek.provider: custody`: a directory for their sealed shares");
  init->callback([&exit_code, options] { exit_code = Init(*options); });

  CLI::App* status = key->add_subcommand(
      "status", "sealed or not, and by which KEK\nExample: cardvault key status");
  status->callback([&session, &exit_code] { exit_code = Status(session); });

  CLI::App* list =
      key->add_subcommand("list", "every version of every key\nExample: cardvault key list");
  list->callback([&session, &exit_code] { exit_code = List(session); });

  CLI::App* inventory = key->add_subcommand("inventory",
                                            "all that an assessor asks of the keys; counts what "
                                            "rests under each of them, which reads the "
                                            "whole store\n"
                                            "Example: cardvault --timeout 600 key inventory");
  inventory->callback([&session, &exit_code] { exit_code = Inventory(session); });

  auto rotation = std::make_shared<RotateOptions>();
  CLI::App* rotate = key->add_subcommand(
      "rotate",
      "make the next version of a key, which encrypts from now on; the earlier one opens\n"
      "Example: cardvault key rotate --purpose pan\n"
      "         cardvault key rotate --purpose kek --to-next");
  rotate->add_option("--purpose", rotation->purpose, "as `cardvault key list` shows it; or kek")
      ->required();
  rotate
      ->add_flag("--to-next", rotation->to_next,
                 "with --purpose kek: make it where the configuration's `kek_next` says")
      ->disable_flag_override();
  rotate->callback([&session, &exit_code, rotation] { exit_code = Rotate(session, *rotation); });

  AddKeyEndVerbs(*key, session, exit_code);
  AddReencryptVerb(*key, session, exit_code);
  AddSealVerbs(*key, session, exit_code);
}

}  // namespace cardvault::cli
