#include "tests/testing/vault_process.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace cardvault::testing {
namespace {

constexpr auto kPoll = std::chrono::milliseconds(10);
constexpr int kCallSeconds = 60;

std::string Listener(const std::string& name) {
  return absl::StrCat(name,
                      ":\n  address: 127.0.0.1:0\n  certificate: server.pem\n"
                      "  private_key: server.key\n  client_ca: ca.pem\n");
}

}  // namespace

std::string MerchantUri(const std::string& merchant, const std::string& role) {
  return absl::StrCat("spiffe://test.example/merchant/", merchant, "/", role);
}

std::string CustodianUri(const std::string& name) {
  return absl::StrCat("spiffe://test.example/custodian/", name);
}

VaultProcess::VaultProcess(const std::string& daemon, const std::string& kek) : daemon_(daemon) {
  WriteConfig(kek);
  MakeVault({});
}

VaultProcess::VaultProcess(int threshold, const std::vector<std::string>& custodians)
    : daemon_(kDaemon) {
  WriteConfig("provider: custody");
  std::vector<std::string> options = {"--threshold", absl::StrCat(threshold), "--out",
                                      directory_.path()};
  for (const std::string& name : custodians) {
    options.push_back("--custodian");
    options.push_back(AddCustodian(name));
  }
  MakeVault(std::move(options));
}

void VaultProcess::WriteConfig(const std::string& kek) {
  const PemPair server = pki_.Server();
  WriteWholeFile(directory_.File("ca.pem"), pki_.ca_pem());
  WriteWholeFile(directory_.File("server.pem"), server.certificate);
  WriteWholeFile(directory_.File("server.key"), server.private_key);
  WriteWholeFile(directory_.File("machine-id"), "machine-a\n");
  WriteWholeFile(
      config_path(),
      absl::StrCat("mode: sandbox\ndata_directory: data\nmachine_id_file: machine-id\n",
                   Listener("merchant_listener"), Listener("admin_listener"), "kek:\n  ", kek,
                   "\naudit:\n  sinks:\n    - {file: checkpoints, required: true}\n",
                   "retention_interval: 1s\ndrain_timeout: 10s\n"));
}

void VaultProcess::MakeVault(std::vector<std::string> options) {
  options.insert(options.begin(),
                 {daemon_, "--config", config_path(), "--init", "--operator", kOperatorUri});
  const Finished made = RunToEnd(options, output_path());
  if (made.exit_code != 0) fputs(made.output.c_str(), stderr);
  CV_CHECK(made.exit_code == 0);
  const size_t value = made.output.find("check value ");
  CV_CHECK(value != std::string::npos);
  first_check_value_ = made.output.substr(value + sizeof("check value ") - 1, 6);
}

std::string VaultProcess::AddCustodian(const std::string& name) {
  const std::string certificate = directory_.File(name + ".pem");
  if (std::find(custodians_.begin(), custodians_.end(), name) == custodians_.end()) {
    const PemPair client = pki_.Client(CustodianUri(name));
    WriteWholeFile(certificate, client.certificate);
    WriteWholeFile(directory_.File(name + ".key"), client.private_key);
    custodians_.push_back(name);
  }
  return absl::StrCat(CustodianUri(name), "=", certificate);
}

std::shared_ptr<grpc::Channel> VaultProcess::CustodianChannel(const std::string& name) const {
  return Channel(admin_port_, {ReadWholeFile(directory_.File(name + ".pem")),
                               ReadWholeFile(directory_.File(name + ".key"))});
}

std::string VaultProcess::share_path(const std::string& name) const {
  return directory_.File(absl::StrCat(name, "-", first_check_value_, ".share"));
}

bool VaultProcess::Start() {
  const std::string ready = directory_.File("ready.json");
  unlink(ready.c_str());
  process_.emplace(
      std::vector<std::string>{daemon_, "--config", config_path(), "--ready-file", ready},
      output_path());
  std::string text;
  while ((text = ReadWholeFile(ready)).empty()) {
    if (!process_->running()) return false;
    std::this_thread::sleep_for(kPoll);
  }
  CV_CHECK(sscanf(text.c_str(), "{\"merchant_port\":%d,\"admin_port\":%d}", &merchant_port_,
                  &admin_port_) == 2);
  if (!roles_granted_ && custodians_.empty()) GrantRoles();
  return true;
}

int VaultProcess::Stop() {
  process_->Signal(SIGTERM);
  return process_->Wait();
}

void VaultProcess::Kill() {
  process_->Signal(SIGKILL);
  process_->Wait();
}

std::shared_ptr<grpc::Channel> VaultProcess::Channel(int port, const PemPair& client) const {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = pki_.ca_pem();
  options.pem_cert_chain = client.certificate;
  options.pem_private_key = client.private_key;
  grpc::ChannelArguments arguments;
  arguments.SetInt("grpc.use_local_subchannel_pool", 1);
  arguments.SetSslTargetNameOverride("localhost");
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", port), grpc::SslCredentials(options),
                                   arguments);
}

std::shared_ptr<grpc::Channel> VaultProcess::MerchantChannel(const std::string& uri) const {
  return Channel(merchant_port_, uri.empty() ? PemPair() : pki_.Client(uri));
}

std::shared_ptr<grpc::Channel> VaultProcess::AdminChannel(const std::string& uri) const {
  return Channel(admin_port_, uri.empty() ? PemPair() : pki_.Client(uri));
}

std::unique_ptr<v1::TokenService::Stub> VaultProcess::Ingest() const {
  return v1::TokenService::NewStub(MerchantChannel(MerchantUri(kMerchant, "ingest")));
}

std::unique_ptr<v1::TokenService::Stub> VaultProcess::Tokens() const {
  return v1::TokenService::NewStub(MerchantChannel(MerchantUri(kMerchant, "tokens")));
}

std::unique_ptr<v1::PaymentService::Stub> VaultProcess::Pay(const std::string& role,
                                                            const std::string& merchant) const {
  return v1::PaymentService::NewStub(MerchantChannel(MerchantUri(merchant, role)));
}

std::unique_ptr<v1::PaymentService::Stub> VaultProcess::PayIn() const { return Pay("pay-in"); }

std::unique_ptr<admin::v1::SystemService::Stub> VaultProcess::System() const {
  return admin::v1::SystemService::NewStub(AdminChannel(kOperatorUri));
}

std::unique_ptr<admin::v1::CustodyService::Stub> VaultProcess::Custody(
    const std::string& uri) const {
  return admin::v1::CustodyService::NewStub(AdminChannel(uri));
}

void VaultProcess::GrantRoles() {
  std::string document =
      absl::StrCat("roles:\n  - identity: ", kOperatorUri, "\n    roles: [operator]\n",
                   "  - identity: ", kAuditorUri, "\n    roles: [auditor]\n");
  for (const std::string& name : custodians_) {
    absl::StrAppend(&document, "  - identity: ", CustodianUri(name), "\n    roles: [custodian]\n");
  }
  for (const char* merchant : {kMerchant, kOtherMerchant}) {
    for (const char* role : {"ingest", "tokens", "pay-in", "pay-out", "refund"}) {
      absl::StrAppend(&document, "  - identity: ", MerchantUri(merchant, role), "\n    roles: [",
                      role, "]\n");
    }
  }
  Call call;
  admin::v1::ApplyRolesRequest request;
  request.set_document(document);
  admin::v1::ApplyRolesResponse response;
  CV_CHECK(System()->ApplyRoles(call, request, &response).ok());
  CV_CHECK(response.mistakes().empty());
  roles_granted_ = true;
}

void VaultProcess::ApplyRoute(const std::string& document, const std::string& route,
                              const std::string& credential, const std::string& secret) {
  CV_CHECK(TryApplyRoute(document, route, credential, secret));
}

bool VaultProcess::TryApplyRoute(const std::string& document, const std::string& route,
                                 const std::string& credential, const std::string& secret) {
  Call apply;
  admin::v1::ApplyRouteRequest request;
  request.set_document(document);
  admin::v1::ApplyRouteResponse response;
  const grpc::Status applied = System()->ApplyRoute(apply, request, &response);
  for (const admin::v1::DocumentMistake& mistake : response.mistakes()) {
    fprintf(stderr, "route line %d: %s: %s\n", mistake.line(), mistake.key().c_str(),
            mistake.problem().c_str());
  }
  // Not `applied`: after a call whose answer was lost the document may stand already.
  if (!applied.ok() || response.mistakes_size() != 0) return false;
  Call set;
  admin::v1::SetRouteCredentialRequest credential_request;
  credential_request.set_route(route);
  credential_request.set_name(credential);
  credential_request.set_secret(secret);
  admin::v1::SetRouteCredentialResponse ignored;
  return System()->SetRouteCredential(set, credential_request, &ignored).ok();
}

void VaultProcess::WriteKeks(const std::string& kek, const std::string& next) {
  const std::string text = ReadWholeFile(config_path());
  const size_t begin = text.find("kek:\n");
  const size_t end = text.find("retention_interval:");
  CV_CHECK(begin < end && end != std::string::npos);
  WriteWholeFile(config_path(),
                 absl::StrCat(text.substr(0, begin), "kek:\n  ", kek, "\n",
                              next.empty() ? "" : absl::StrCat("kek_next:\n  ", next, "\n"),
                              text.substr(end)));
}

std::string VaultProcess::WriteProfile() const {
  std::string profile = absl::StrCat("merchant_server: 127.0.0.1:", merchant_port_,
                                     "\nadmin_server: 127.0.0.1:", admin_port_,
                                     "\nserver_name: localhost\nca: ca.pem\nidentities:\n");
  auto add = [&](const std::string& role, const std::string& uri) {
    const PemPair client = pki_.Client(uri);
    WriteWholeFile(directory_.File(role + ".pem"), client.certificate);
    WriteWholeFile(directory_.File(role + ".key"), client.private_key);
    absl::StrAppend(&profile, "  ", role, ": {certificate: ", role, ".pem, private_key: ", role,
                    ".key}\n");
  };
  for (const char* role : {"ingest", "tokens", "pay-in", "pay-out", "refund"}) {
    add(role, MerchantUri(kMerchant, role));
  }
  add("operator", kOperatorUri);
  add("auditor", kAuditorUri);
  WriteWholeFile(directory_.File("profile.yaml"), profile);
  return directory_.File("profile.yaml");
}

Call::Call() {
  context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(kCallSeconds));
}

std::string Call::Trailing(const char* name) const {
  const auto& trailing = context_.GetServerTrailingMetadata();
  const auto found = trailing.find(name);
  return found == trailing.end() ? "" : std::string(found->second.data(), found->second.size());
}

}  // namespace cardvault::testing
