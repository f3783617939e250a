#ifndef CARDVAULT_TESTS_TESTING_VAULT_PROCESS_H_
#define CARDVAULT_TESTS_TESTING_VAULT_PROCESS_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cardvault/admin/v1/custody_service.grpc.pb.h"
#include "cardvault/admin/v1/key_service.grpc.pb.h"
#include "cardvault/admin/v1/system_service.grpc.pb.h"
#include "cardvault/v1/payment_service.grpc.pb.h"
#include "cardvault/v1/token_service.grpc.pb.h"
#include "tests/testing/child_process.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/test_pki.h"

namespace cardvault::testing {

inline constexpr char kMerchant[] = "shop-1";
inline constexpr char kOtherMerchant[] = "shop-2";

// The identities that every test vault knows.
std::string MerchantUri(const std::string& merchant, const std::string& role);
inline constexpr char kOperatorUri[] = "spiffe://test.example/operator/alice";
std::string CustodianUri(const std::string& name);
inline constexpr char kAuditorUri[] = "spiffe://test.example/auditor/carol";

// The server that is shipped.
inline constexpr char kDaemon[] = "server/cardvaultd";

// The `kek` section of a vault whose KEK is in a file.
inline constexpr char kFileKek[] = "provider: file\n  path: kek";

// A real cardvaultd with a sandbox vault of its own below a temporary directory, on free ports,
// with a throw-away CA. Roles of kMerchant and kOtherMerchant are granted. Not thread-safe.
class VaultProcess final {
 public:
  // Makes the vault; the server does not run yet. `daemon` is its path; `kek` stands indented below
  // the configuration's key of that name.
  explicit VaultProcess(const std::string& daemon = kDaemon, const std::string& kek = kFileKek);

  // A vault whose KEK is in custody of these people, any `threshold` of whom unseal it. It starts
  // sealed; when it is unsealed, GrantRoles.
  VaultProcess(int threshold, const std::vector<std::string>& custodians);

  // Starts the server and waits until it takes calls; false, with the output in output(), when it
  // ends instead.
  bool Start();
  // Before Start: the role map stays as it was made, with operators alone.
  void GrantNoRoles() { roles_granted_ = true; }
  int Stop();   // SIGTERM, drained; the exit code
  void Kill();  // SIGKILL

  // A channel as `uri`; every call of it makes a connection of its own. "" : no certificate.
  std::shared_ptr<grpc::Channel> MerchantChannel(const std::string& uri) const;
  std::shared_ptr<grpc::Channel> AdminChannel(const std::string& uri) const;

  // Stubs of kMerchant's roles, and of the operator.
  std::unique_ptr<v1::TokenService::Stub> Ingest() const;
  std::unique_ptr<v1::TokenService::Stub> Tokens() const;
  std::unique_ptr<v1::PaymentService::Stub> PayIn() const;
  std::unique_ptr<v1::PaymentService::Stub> Pay(const std::string& role,
                                                const std::string& merchant = kMerchant) const;
  std::unique_ptr<admin::v1::SystemService::Stub> System() const;

  std::unique_ptr<admin::v1::CustodyService::Stub> Custody(const std::string& uri) const;

  // Writes a custodian's certificate and private key to NAME.pem and NAME.key, once, and answers
  // IDENTITY=CERTIFICATE. The certificate serves for TLS and for his share.
  std::string AddCustodian(const std::string& name);
  // The same one's channel to the admin port.
  std::shared_ptr<grpc::Channel> CustodianChannel(const std::string& name) const;
  // His sealed share of the first KEK.
  std::string share_path(const std::string& name) const;

  // The roles that every test vault grants; Start does so where it can. Custodians have theirs.
  void GrantRoles();

  // Applies a route document and sets its credential; dies when that is refused.
  void ApplyRoute(const std::string& document, const std::string& route,
                  const std::string& credential, const std::string& secret);
  // The same; false when it is refused or the server has ended.
  bool TryApplyRoute(const std::string& document, const std::string& route,
                     const std::string& credential, const std::string& secret);

  // Whether the server was started and has not ended, by a signal or by itself.
  bool running() { return process_.has_value() && process_->running(); }

  const TestPki& pki() const { return pki_; }
  const TempDir& directory() const { return directory_; }
  std::string data_directory() const { return directory_.File("data"); }
  std::string config_path() const { return directory_.File("cardvault.yaml"); }
  std::string output() const { return ReadWholeFile(output_path()); }
  std::string output_path() const { return directory_.File("cardvaultd.log"); }
  pid_t pid() const { return process_->pid(); }
  int merchant_port() const { return merchant_port_; }
  int admin_port() const { return admin_port_; }

  // Before a start: what stands indented below `kek`, and below `kek_next`, "" for no such section.
  void WriteKeks(const std::string& kek, const std::string& next);

  // A profile for the command line, with the identities of kMerchant, the operator and the auditor.
  std::string WriteProfile() const;

 private:
  std::shared_ptr<grpc::Channel> Channel(int port, const PemPair& client) const;
  void WriteConfig(const std::string& kek);
  void MakeVault(std::vector<std::string> options);

  const std::string daemon_;
  TestPki pki_;
  TempDir directory_;
  std::optional<ChildProcess> process_;
  int merchant_port_ = 0;
  int admin_port_ = 0;
  bool roles_granted_ = false;
  std::vector<std::string> custodians_;
  std::string first_check_value_;
};

// A call's context with a deadline that no healthy test reaches.
class Call final {
 public:
  Call();
  operator grpc::ClientContext*() { return &context_; }  // NOLINT(google-explicit-constructor)
  grpc::ClientContext* operator->() { return &context_; }
  std::string reason() const { return Trailing("cardvault-reason"); }
  std::string field() const { return Trailing("cardvault-field"); }

 private:
  std::string Trailing(const char* name) const;
  grpc::ClientContext context_;
};

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_TESTING_VAULT_PROCESS_H_
