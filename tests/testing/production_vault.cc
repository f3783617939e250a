#include "tests/testing/production_vault.h"

#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/check.h"

namespace cardvault::testing {

using admin::v1::Change;
using admin::v1::ChangeService;
using admin::v1::Proposal;

ProductionVault::ProductionVault() {
  WriteWholeFile(File("pin"), absl::StrCat(SoftHsm::kPin, "\n"));
  ChangeConfig("mode: sandbox", "mode: production");
  ChangeConfig("  provider: file\n  path: kek\n",
               absl::StrCat("  provider: pkcs11\n  module: ", SoftHsm::kModulePath,
                            "\n  token_label: ", SoftHsm::kTokenLabel,
                            "\n  key_label: kek\n  pin_file: pin\n"));
  // Beside the vault that VaultProcess has made.
  ChangeConfig("data_directory: data", "data_directory: production");
  vault_.GrantNoRoles();
  CV_CHECK(Init({kAlice, kBob}).exit_code == 0);
}

Finished ProductionVault::Init(const std::vector<std::string>& operators) {
  std::vector<std::string> words = {kDaemon, "--config", vault_.config_path(), "--init"};
  for (const std::string& uri : operators) words.insert(words.end(), {"--operator", uri});
  return RunToEnd(words, File("init.log"));
}

void ProductionVault::ChangeConfig(const std::string& from, const std::string& to) {
  const std::string text = ReadWholeFile(vault_.config_path());
  const std::string changed = absl::StrReplaceAll(text, {{from, to}});
  CV_CHECK(text != changed);
  WriteWholeFile(vault_.config_path(), changed);
}

void ProductionVault::Start() { CV_CHECK(vault_.Start()); }

void ProductionVault::Stop() { CV_CHECK(vault_.Stop() == 0); }

void ProductionVault::Restart() {
  Stop();
  Start();
}

std::unique_ptr<ChangeService::Stub> ProductionVault::Changes(const std::string& who) {
  return ChangeService::NewStub(vault_.AdminChannel(who));
}

Change ProductionVault::Propose(const std::string& who, const Proposal& proposal) {
  admin::v1::ProposeRequest request;
  *request.mutable_proposal() = proposal;
  Call call;
  admin::v1::ProposeResponse response;
  CV_CHECK(Changes(who)->Propose(call, request, &response).ok());
  CV_CHECK(response.mistakes().empty());
  return response.change();
}

Answer ProductionVault::Approve(const std::string& who, const std::string& id,
                                const std::string& digest) {
  admin::v1::ApproveChangeRequest request;
  request.set_id(id);
  request.set_digest(digest);
  Call call;
  admin::v1::ApproveChangeResponse response;
  const grpc::Status status = Changes(who)->ApproveChange(call, request, &response);
  return {status.error_code(), call.reason(), response.change()};
}

void ProductionVault::Apply(const Proposal& proposal) {
  const Answer applied = Approve(kBob, Propose(kAlice, proposal));
  CV_CHECK(applied.change.state() == admin::v1::CHANGE_STATE_APPLIED);
}

Change ProductionVault::Get(const std::string& id) {
  admin::v1::GetChangeRequest request;
  request.set_id(id);
  Call call;
  admin::v1::GetChangeResponse response;
  CV_CHECK(Changes(kBob)->GetChange(call, request, &response).ok());
  return response.change();
}

std::vector<admin::v1::RouteSummary> ProductionVault::Routes() {
  Call call;
  admin::v1::ListRoutesResponse response;
  CV_CHECK(vault_.System()->ListRoutes(call, {}, &response).ok());
  return {response.routes().begin(), response.routes().end()};
}

std::string ProductionVault::ServingState() {
  Call call;
  admin::v1::GetStatusResponse status;
  CV_CHECK(vault_.System()->GetStatus(call, {}, &status).ok());
  return status.serving_state();
}

Finished ProductionVault::Run(const std::string& who, std::vector<std::string> words,
                              const std::map<int, std::string>& descriptors) {
  words.insert(words.begin(), {"cli/cardvault", "--profile", WriteProfile(who)});
  return RunToEnd(words, File("cli.log"), descriptors);
}

std::string ProductionVault::WriteProfile(const std::string& name) {
  const PemPair client = vault_.pki().Client(absl::StrCat("spiffe://test.example/operator/", name));
  WriteWholeFile(File(name + ".pem"), client.certificate);
  WriteWholeFile(File(name + ".key"), client.private_key);
  WriteWholeFile(File("server-ca.pem"), vault_.pki().ca_pem());
  const std::string path = File(name + ".yaml");
  WriteWholeFile(path, absl::StrCat("admin_server: 127.0.0.1:", vault_.admin_port(),
                                    "\nserver_name: localhost\nca: server-ca.pem\nidentities:\n"
                                    "  operator: {certificate: ",
                                    name, ".pem, private_key: ", name, ".key}\n"));
  return path;
}

Proposal ApplyRoute(const std::string& document) {
  Proposal proposal;
  proposal.mutable_apply_route()->set_document(document);
  return proposal;
}

std::string RoleDocument(const std::vector<std::string>& operators) {
  std::string document =
      absl::StrCat("roles:\n  - identity: ", kAuditorUri,
                   "\n    roles: [auditor]\n  - identity: ", MerchantUri(kMerchant, "tokens"),
                   "\n    roles: [tokens]\n");
  for (const std::string& uri : operators) {
    absl::StrAppend(&document, "  - identity: ", uri, "\n    roles: [operator]\n");
  }
  return document;
}

Proposal ApplyRoles(const std::vector<std::string>& operators) {
  Proposal proposal;
  proposal.mutable_apply_roles()->set_document(RoleDocument(operators));
  return proposal;
}

std::string WordAfter(const std::string& output, const std::string& word) {
  const size_t place = output.find(word);
  if (place == std::string::npos) return "";
  std::istringstream rest(output.substr(place + word.size()));
  std::string found;
  rest >> found;
  return found;
}

}  // namespace cardvault::testing
