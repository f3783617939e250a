#ifndef CARDVAULT_TESTS_TESTING_PRODUCTION_VAULT_H_
#define CARDVAULT_TESTS_TESTING_PRODUCTION_VAULT_H_

#include <grpcpp/support/status.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cardvault/admin/v1/change_service.grpc.pb.h"
#include "keys/testing/soft_hsm.h"
#include "tests/testing/child_process.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {

inline constexpr char kAlice[] = "spiffe://test.example/operator/alice";
inline constexpr char kBob[] = "spiffe://test.example/operator/bob";
inline constexpr char kDave[] = "spiffe://test.example/operator/dave";

// What came of an approval.
struct Answer {
  grpc::StatusCode code = grpc::StatusCode::OK;
  std::string reason;
  admin::v1::Change change;
};

// A vault in production mode, its KEK in a SoftHSM, with the operators Alice and Bob and no other
// identity. What a test takes for granted dies when it is not so. Not thread-safe.
class ProductionVault final {
 public:
  ProductionVault();

  VaultProcess& process() { return vault_; }
  SoftHsm& hsm() { return hsm_; }
  std::string File(const std::string& name) { return vault_.directory().File(name); }
  std::string data_directory() { return File("production"); }

  // Makes the vault that the configuration names.
  Finished Init(const std::vector<std::string>& operators);
  void ChangeConfig(const std::string& from, const std::string& to);
  void Start();
  void Stop();
  void Restart();

  std::unique_ptr<admin::v1::ChangeService::Stub> Changes(const std::string& who);
  admin::v1::Change Propose(const std::string& who, const admin::v1::Proposal& proposal);
  Answer Approve(const std::string& who, const std::string& id, const std::string& digest);
  Answer Approve(const std::string& who, const admin::v1::Change& change) {
    return Approve(who, change.id(), change.digest());
  }
  // Proposed by Alice and approved by Bob.
  void Apply(const admin::v1::Proposal& proposal);
  admin::v1::Change Get(const std::string& id);
  std::vector<admin::v1::RouteSummary> Routes();
  std::string ServingState();

  // The command line as this operator, "alice".
  Finished Run(const std::string& who, std::vector<std::string> words,
               const std::map<int, std::string>& descriptors = {});

 private:
  std::string WriteProfile(const std::string& name);

  SoftHsm hsm_;
  VaultProcess vault_;
};

// Proposals. The role map has these operators, the auditor and kMerchant's role `tokens`.
inline constexpr char kEuRoute[] = R"(name: h2h-eu
connector: h2h
base_url: https://gateway.example
owners: [shop-1]
cvv: required
currencies: {EUR: 2}
h2h:
  wallet_uid: wallet
  key_id: key
  cascade_id: {payin: payin}
  signing: {canonical: "{timestamp}|{nonce}|{body}"}
)";
admin::v1::Proposal ApplyRoute(const std::string& document = kEuRoute);
std::string RoleDocument(const std::vector<std::string>& operators);
admin::v1::Proposal ApplyRoles(const std::vector<std::string>& operators);

// The word behind another in an output, "" when that is not there.
std::string WordAfter(const std::string& output, const std::string& word);

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_TESTING_PRODUCTION_VAULT_H_
