// Two operators run a vault in production, and one of them alone cannot. Promise 7, P5.

#include <google/protobuf/message.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "audit/audit_leaf.h"
#include "base/sha256.h"
#include "cardvault/admin/v1/change_service.grpc.pb.h"
#include "cardvault/storage/v1/change_row.pb.h"
#include "keys/testing/soft_hsm.h"
#include "server/role_table.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/child_process.h"
#include "tests/testing/raw_call.h"
#include "tests/testing/vault_process.h"
#include "vault/engine/rocksdb_engine.h"

namespace cardvault::testing {
namespace {

using admin::v1::Change;
using admin::v1::ChangeService;
using admin::v1::Proposal;

constexpr char kAlice[] = "spiffe://test.example/operator/alice";
constexpr char kBob[] = "spiffe://test.example/operator/bob";
constexpr char kDave[] = "spiffe://test.example/operator/dave";
constexpr char kSecret[] = "a-secret-of-the-upstream";

constexpr char kRoute[] = R"(name: h2h-eu
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

std::string Roles(const std::vector<std::string>& operators) {
  std::string document =
      absl::StrCat("roles:\n  - identity: ", kAuditorUri,
                   "\n    roles: [auditor]\n  - identity: ", MerchantUri(kMerchant, "tokens"),
                   "\n    roles: [tokens]\n");
  for (const std::string& uri : operators) {
    absl::StrAppend(&document, "  - identity: ", uri, "\n    roles: [operator]\n");
  }
  return document;
}

// What came of a call on changes.
struct Answer {
  grpc::StatusCode code = grpc::StatusCode::OK;
  std::string reason;
  Change change;
};

class FourEyesTest : public ::testing::Test {
 protected:
  FourEyesTest() {
    WriteWholeFile(File("pin"), absl::StrCat(SoftHsm::kPin, "\n"));
    ChangeConfig("mode: sandbox", "mode: production");
    ChangeConfig("  provider: file\n  path: kek\n",
                 absl::StrCat("  provider: pkcs11\n  module: ", SoftHsm::kModulePath,
                              "\n  token_label: ", SoftHsm::kTokenLabel,
                              "\n  key_label: kek\n  pin_file: pin\n"));
    // Beside the vault that the fixture has made.
    ChangeConfig("data_directory: data", "data_directory: production");
    vault_.GrantNoRoles();
  }
  void SetUp() override {
    const Finished made = RunToEnd({kDaemon, "--config", vault_.config_path(), "--init",
                                    "--operator", kAlice, "--operator", kBob},
                                   File("init.log"));
    ASSERT_EQ(made.exit_code, 0) << made.output;
    ASSERT_TRUE(vault_.Start()) << vault_.output();
  }
  void TearDown() override {
    if (vault_.running()) {
      EXPECT_EQ(vault_.Stop(), 0) << vault_.output();
    }
  }

  std::string File(const std::string& name) { return vault_.directory().File(name); }
  void ChangeConfig(const std::string& from, const std::string& to) {
    const std::string text = ReadWholeFile(vault_.config_path());
    const std::string changed = absl::StrReplaceAll(text, {{from, to}});
    ASSERT_NE(text, changed);
    WriteWholeFile(vault_.config_path(), changed);
  }
  void Restart() {
    ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
    ASSERT_TRUE(vault_.Start()) << vault_.output();
  }
  std::unique_ptr<ChangeService::Stub> Changes(const std::string& who) {
    return ChangeService::NewStub(vault_.AdminChannel(who));
  }

  Change Propose(const std::string& who, const Proposal& proposal) {
    admin::v1::ProposeRequest request;
    *request.mutable_proposal() = proposal;
    Call call;
    admin::v1::ProposeResponse response;
    const grpc::Status status = Changes(who)->Propose(call, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message() << " " << call.reason();
    EXPECT_EQ(response.mistakes_size(), 0);
    return response.change();
  }
  static Proposal ApplyRoute(const std::string& document = kRoute) {
    Proposal proposal;
    proposal.mutable_apply_route()->set_document(document);
    return proposal;
  }
  static Proposal ApplyRoles(const std::vector<std::string>& operators) {
    Proposal proposal;
    proposal.mutable_apply_roles()->set_document(Roles(operators));
    return proposal;
  }
  Answer Approve(const std::string& who, const std::string& id, const std::string& digest) {
    admin::v1::ApproveChangeRequest request;
    request.set_id(id);
    request.set_digest(digest);
    Call call;
    admin::v1::ApproveChangeResponse response;
    const grpc::Status status = Changes(who)->ApproveChange(call, request, &response);
    return {status.error_code(), call.reason(), response.change()};
  }
  Answer Approve(const std::string& who, const Change& change) {
    return Approve(who, change.id(), change.digest());
  }
  void Apply(const Proposal& proposal) {
    const Answer applied = Approve(kBob, Propose(kAlice, proposal));
    ASSERT_EQ(applied.code, grpc::StatusCode::OK) << applied.reason;
    ASSERT_EQ(applied.change.state(), admin::v1::CHANGE_STATE_APPLIED) << applied.change.problem();
  }
  admin::v1::GetChangeResponse Get(const std::string& id) {
    admin::v1::GetChangeRequest request;
    request.set_id(id);
    Call call;
    admin::v1::GetChangeResponse response;
    EXPECT_TRUE(Changes(kBob)->GetChange(call, request, &response).ok()) << call.reason();
    return response;
  }
  std::vector<admin::v1::RouteSummary> Routes() {
    Call call;
    admin::v1::ListRoutesResponse response;
    EXPECT_TRUE(vault_.System()->ListRoutes(call, {}, &response).ok()) << call.reason();
    return {response.routes().begin(), response.routes().end()};
  }
  void ExpectRefused(const Answer& answer, const char* reason) {
    EXPECT_NE(answer.code, grpc::StatusCode::OK);
    EXPECT_EQ(answer.reason, reason);
  }
  std::string ServingState() {
    Call call;
    admin::v1::GetStatusResponse status;
    EXPECT_TRUE(vault_.System()->GetStatus(call, {}, &status).ok()) << call.reason();
    return status.serving_state();
  }

  // Changes a stored change while the server is stopped.
  void Tamper(
      const std::string& id,
      const std::function<void(storage::v1::ChangeRow&, storage::v1::ChangeContent&)>& how) {
    ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
    {
      RocksDbOptions options;
      options.path = File("production");
      const std::unique_ptr<RocksDbEngine> engine = *OpenRocksDbEngine(options);
      const std::string key = absl::StrCat("change/", id);
      const Row stored = **engine->Get(Table::kPolicy, key);
      storage::v1::ChangeRow row;
      storage::v1::ChangeContent content;
      ASSERT_TRUE(row.ParseFromString(stored.value) && content.ParseFromString(row.content()));
      how(row, content);
      row.set_content(content.SerializeAsString());
      const std::unique_ptr<EngineBatch> batch = engine->NewBatch();
      batch->Put(Table::kPolicy, key, row.SerializeAsString(), stored.revision);
      ASSERT_TRUE(batch->Commit().ok());
    }
    ASSERT_TRUE(vault_.Start()) << vault_.output();
  }

  // A profile for the command line as this operator.
  std::string Profile(const std::string& name) {
    const PemPair client =
        vault_.pki().Client(absl::StrCat("spiffe://test.example/operator/", name));
    WriteWholeFile(File(name + ".pem"), client.certificate);
    WriteWholeFile(File(name + ".key"), client.private_key);
    const std::string path = File(name + ".yaml");
    WriteWholeFile(path, absl::StrCat("merchant_server: 127.0.0.1:", vault_.merchant_port(),
                                      "\nadmin_server: 127.0.0.1:", vault_.admin_port(),
                                      "\nserver_name: localhost\nca: ca.pem\nidentities:\n"
                                      "  operator: {certificate: ",
                                      name, ".pem, private_key: ", name, ".key}\n"));
    return path;
  }
  Finished Run(const std::string& who, std::vector<std::string> words,
               const std::map<int, std::string>& descriptors = {}) {
    words.insert(words.begin(), {"cli/cardvault", "--profile", Profile(who)});
    return RunToEnd(words, File("cli.log"), descriptors);
  }
  // What stands behind a word in an output.
  static std::string After(const std::string& output, const std::string& word) {
    const size_t place = output.find(word);
    if (place == std::string::npos) return "";
    std::istringstream rest(output.substr(place + word.size()));
    std::string found;
    rest >> found;
    return found;
  }

  SoftHsm hsm_;
  VaultProcess vault_;
};

TEST_F(FourEyesTest, ProductionRefusesTheDirectCallAndNoOther) {
  const auto admin = vault_.AdminChannel(kAlice);
  int protected_calls = 0;
  for (const MethodRule& rule : RoleTable()) {
    if (rule.port != Port::kAdmin) continue;
    Call call;
    const grpc::Status status = RawCall(*admin, rule.method, call, "");
    EXPECT_EQ(call.reason() == "FOUR_EYES", rule.act == Act::kFourEyes) << rule.method;
    if (rule.act != Act::kFourEyes) continue;
    ++protected_calls;
    EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION) << rule.method;
  }
  EXPECT_GE(protected_calls, 7);

  Call check;  // what has no effect is open
  admin::v1::ApplyRouteRequest request;
  request.set_document(kRoute);
  request.set_check_only(true);
  admin::v1::ApplyRouteResponse response;
  EXPECT_TRUE(vault_.System()->ApplyRoute(check, request, &response).ok()) << check.reason();
}

TEST_F(FourEyesTest, RefusesWhatIsSelfApprovedAlteredRepeatedOrOfTheWrongPeople) {
  Apply(ApplyRoles({kAlice, kBob, kDave}));
  const Change change = Propose(kAlice, ApplyRoute());
  ExpectRefused(Approve(kAlice, change), "SELF_APPROVED");
  ExpectRefused(Approve(kBob, change.id(), std::string(64, '0')), "CHANGE_ALTERED");
  ExpectRefused(Approve(kBob, change.id(), ""), "CHANGE_ALTERED");
  ExpectRefused(Approve(kBob, "aaaaaaaa", change.digest()), "NOT_FOUND");
  ExpectRefused(Approve(kAuditorUri, change), "POLICY");
  EXPECT_TRUE(Routes().empty());
  Call audit;  // who audits looks on
  admin::v1::ListChangesResponse changes;
  ASSERT_TRUE(Changes(kAuditorUri)->ListChanges(audit, {}, &changes).ok()) << audit.reason();
  EXPECT_EQ(changes.changes_size(), 2);

  EXPECT_EQ(Approve(kBob, change).change.state(), admin::v1::CHANGE_STATE_APPLIED);
  ASSERT_EQ(Routes().size(), 1u);
  const int64_t revision = Routes()[0].revision();
  const Answer again = Approve(kDave, change);
  EXPECT_EQ(again.code, grpc::StatusCode::OK);
  EXPECT_EQ(again.change.decider(), kBob);
  EXPECT_EQ(Routes()[0].revision(), revision);

  // Dave proposes and is an operator no more when it comes to it; then Bob is not.
  const Change of_dave = Propose(kDave, ApplyRoute(absl::StrCat("# dave's\n", kRoute)));
  Apply(ApplyRoles({kAlice, kBob}));
  ExpectRefused(Approve(kBob, of_dave), "PROPOSER_ROLE");
  const Change roles = Propose(kBob, ApplyRoles({kAlice, kBob, kDave}));
  ASSERT_EQ(Approve(kAlice, roles).change.state(), admin::v1::CHANGE_STATE_APPLIED);
  const Change of_alice = Propose(kAlice, ApplyRoute(absl::StrCat("# alice's\n", kRoute)));
  ASSERT_EQ(Approve(kAlice, Propose(kDave, ApplyRoles({kAlice, kDave}))).change.state(),
            admin::v1::CHANGE_STATE_APPLIED);
  ExpectRefused(Approve(kBob, of_alice), "POLICY");
  EXPECT_EQ(Routes()[0].revision(), revision);
}

TEST_F(FourEyesTest, RefusesWhatExpiredAndWhatWasAlteredOnTheDisk) {
  const Change change = Propose(kAlice, ApplyRoute());
  std::string digest;
  Tamper(change.id(), [](storage::v1::ChangeRow&, storage::v1::ChangeContent& content) {
    content.set_expire_micros(content.expire_micros() + 1);
  });
  ExpectRefused(Approve(kBob, change), "CHANGE_ALTERED");
  Tamper(change.id(), [&](storage::v1::ChangeRow& row, storage::v1::ChangeContent& content) {
    content.set_expire_micros(content.propose_micros());
    row.set_digest(Sha256(content.SerializeAsString()));
    digest = absl::BytesToHexString(row.digest());
  });
  ExpectRefused(Approve(kBob, change), "CHANGE_ALTERED");
  ExpectRefused(Approve(kBob, change.id(), digest), "CHANGE_EXPIRED");
  EXPECT_TRUE(Routes().empty());
}

// A SIGKILL at any moment of an approval leaves the change open and nothing done, or both done.
TEST_F(FourEyesTest, ACrashNeverPartsTheEffectFromItsApproval) {
  int applied = 0;
  for (int round = 0; round < 12; ++round) {
    const std::string name = absl::StrCat("route-", round);
    const Change change =
        Propose(kAlice, ApplyRoute(absl::StrReplaceAll(
                            kRoute, {{"h2h-eu", name}, {"uid: wallet", "uid: " + name}})));
    admin::v1::ApproveChangeRequest request;
    request.set_id(change.id());
    request.set_digest(change.digest());
    const auto stub = Changes(kBob);
    const auto other = Changes(kAlice);
    const auto look = [](ChangeService::Stub& at) {
      Call call;
      admin::v1::GetConfigurationResponse ignored;
      (void)at.GetConfiguration(call, {}, &ignored);
    };
    look(*stub);  // connected
    look(*other);
    std::thread approval([&] {
      Call call;
      admin::v1::ApproveChangeResponse response;
      (void)stub->ApproveChange(call, request, &response);
    });
    // Another place of the approval each round, from before its first byte to behind its answer.
    for (int i = 0; i < round / 2; ++i) look(*other);
    vault_.Kill();
    approval.join();
    ASSERT_TRUE(vault_.Start()) << vault_.output();
    bool has_route = false;
    for (const admin::v1::RouteSummary& route : Routes()) has_route |= route.name() == name;
    const Change now = Get(change.id()).change();
    EXPECT_EQ(now.state(),
              has_route ? admin::v1::CHANGE_STATE_APPLIED : admin::v1::CHANGE_STATE_PROPOSED);
    applied += has_route ? 1 : 0;
    EXPECT_EQ(Approve(kBob, change).change.state(), admin::v1::CHANGE_STATE_APPLIED);
    ASSERT_EQ(static_cast<int>(Routes().size()), round + 1);
  }
  RecordProperty("applied_before_the_crash", applied);
}

TEST_F(FourEyesTest, TheCommandProposesAndAnotherOperatorApproves) {
  WriteWholeFile(File("roles.yaml"), Roles({kAlice, kBob}));
  WriteWholeFile(File("route.yaml"), kRoute);
  const auto both = [&](std::vector<std::string> words,
                        const std::map<int, std::string>& descriptors = {}) {
    const Finished proposed = Run("alice", std::move(words), descriptors);
    EXPECT_EQ(proposed.exit_code, 0) << proposed.output;
    const std::string id = After(proposed.output, "change approve ");
    const std::string digest = After(proposed.output, "digest");
    EXPECT_EQ(id.size(), 8u) << proposed.output;
    EXPECT_EQ(digest.size(), 64u) << proposed.output;
    const Finished shown = Run("bob", {"change", "show", id});
    EXPECT_EQ(shown.exit_code, 0) << shown.output;
    EXPECT_NE(shown.output.find(digest), std::string::npos) << shown.output;
    // Nobody is there to be asked.
    EXPECT_EQ(Run("bob", {"change", "approve", id}).exit_code, 2);
    const Finished own = Run("alice", {"change", "approve", id, "--digest", digest});
    EXPECT_EQ(own.exit_code, 1);
    EXPECT_NE(own.output.find("SELF_APPROVED"), std::string::npos) << own.output;
    const Finished approved = Run("bob", {"change", "approve", id, "--digest", digest});
    EXPECT_EQ(approved.exit_code, 0) << approved.output;
    EXPECT_NE(approved.output.find("is applied"), std::string::npos) << approved.output;
    return shown.output;
  };
  both({"role", "apply", File("roles.yaml")});
  const std::string shown = both({"route", "apply", File("route.yaml")});
  EXPECT_NE(shown.find("base_url: https://gateway.example"), std::string::npos) << shown;
  both({"route", "credential", "set", "h2h-eu", "api_secret", "--secret-fd", "7"},
       {{7, absl::StrCat(kSecret, "\n")}});
  both({"route", "credential", "rotate", "h2h-eu", "api_secret", "--secret-fd", "7"},
       {{7, absl::StrCat(kSecret, "\n")}});
  both({"route", "credential", "retire", "h2h-eu", "api_secret"});
  EXPECT_EQ(Run("alice", {"route", "disable", "h2h-eu"}).exit_code, 0);  // safer: alone
  EXPECT_TRUE(Routes()[0].disabled());
  both({"route", "enable", "h2h-eu"});
  EXPECT_FALSE(Routes()[0].disabled());
  EXPECT_TRUE(Routes()[0].credentials(0).is_set());

  const Finished mistaken = [&] {
    WriteWholeFile(File("bad.yaml"), absl::StrCat(kRoute, "unheard: of\n"));
    return Run("alice", {"route", "apply", File("bad.yaml")});
  }();
  EXPECT_EQ(mistaken.exit_code, 1);
  EXPECT_NE(mistaken.output.find("bad.yaml:12: unheard"), std::string::npos) << mistaken.output;

  const Finished rejected = [&] {
    WriteWholeFile(File("other.yaml"), absl::StrCat("# other\n", kRoute));
    const Finished proposed = Run("alice", {"--json", "route", "apply", File("other.yaml")});
    EXPECT_NE(proposed.output.find("\"kind\":\"apply_route\""), std::string::npos)
        << proposed.output;
    const Change open = Propose(kBob, ApplyRoute(absl::StrCat("# bob's\n", kRoute)));
    return Run("bob", {"change", "reject", open.id()});
  }();
  EXPECT_EQ(rejected.exit_code, 0) << rejected.output;
  const Finished list = Run("bob", {"change", "list"});
  for (const char* word : {"PROPOSED", "APPLIED", "REJECTED", "retire_route_credential"}) {
    EXPECT_NE(list.output.find(word), std::string::npos) << word << list.output;
  }

  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  // A2: both people, the change and the effect.
  std::map<std::string, std::string> proposers;
  int effects = 0;
  for (const AuditEntry& entry : ReadAuditLog(File("production"))) {
    const AuditLeaf& leaf = entry.leaf;
    if (leaf.action == AuditAction::kChangeProposed) {
      proposers[leaf.origin.change] = leaf.origin.principal;
    }
    if (leaf.action != AuditAction::kRouteApplied && leaf.action != AuditAction::kCredentialSet) {
      continue;
    }
    ++effects;
    EXPECT_EQ(leaf.origin.principal, kBob);
    EXPECT_EQ(proposers[leaf.origin.change], kAlice);
  }
  EXPECT_EQ(effects, 2);
  for (const auto& file : std::filesystem::recursive_directory_iterator(File("production"))) {
    if (!file.is_regular_file()) continue;
    EXPECT_EQ(ReadWholeFile(file.path()).find(kSecret), std::string::npos) << file.path();
  }
}

// P9
TEST_F(FourEyesTest, AChangedConfigurationWaitsForTheSecondOperator) {
  EXPECT_EQ(ServingState(), "serving");
  Apply(ApplyRoles({kAlice, kBob}));
  ChangeConfig("drain_timeout: 10s", "drain_timeout: 11s");
  Restart();
  EXPECT_EQ(ServingState(), "config-unapproved");
  const auto reason_of_get = [&] {
    Call call;
    RawCall(*vault_.MerchantChannel(MerchantUri(kMerchant, "tokens")),
            "/cardvault.v1.TokenService/GetToken", call, "");
    return call.reason();
  };
  EXPECT_EQ(reason_of_get(), "CONFIG_UNAPPROVED");
  Call list;
  admin::v1::ListRoutesResponse routes;
  EXPECT_FALSE(vault_.System()->ListRoutes(list, {}, &routes).ok());
  EXPECT_EQ(list.reason(), "CONFIG_UNAPPROVED");

  const Finished shown = Run("bob", {"config", "show"});
  EXPECT_NE(shown.output.find("cardvault.yaml: NOT APPROVED"), std::string::npos) << shown.output;
  const std::string digest = absl::BytesToHexString(Sha256(ReadWholeFile(vault_.config_path())));
  EXPECT_NE(shown.output.find(digest), std::string::npos) << shown.output;
  const Finished proposed = Run("alice", {"config", "propose"});
  EXPECT_EQ(proposed.exit_code, 0) << proposed.output;
  const std::string id = After(proposed.output, "change approve ");
  ExpectRefused(Approve(kAlice, id, Get(id).change().digest()), "SELF_APPROVED");
  EXPECT_EQ(ServingState(), "config-unapproved");
  EXPECT_EQ(Approve(kBob, id, Get(id).change().digest()).change.state(),
            admin::v1::CHANGE_STATE_APPLIED);
  EXPECT_EQ(ServingState(), "serving");
  EXPECT_NE(reason_of_get(), "CONFIG_UNAPPROVED");
  Restart();
  EXPECT_EQ(ServingState(), "serving");

  // Approved before it is there: no restart in between waits for anybody.
  ChangeConfig("drain_timeout: 11s", "drain_timeout: 12s");
  const Finished ahead = Run(
      "alice", {"config", "propose", "--digest",
                absl::StrCat("cardvault.yaml=",
                             absl::BytesToHexString(Sha256(ReadWholeFile(vault_.config_path()))))});
  const std::string next = After(ahead.output, "change approve ");
  ASSERT_EQ(Approve(kBob, next, Get(next).change().digest()).change.state(),
            admin::v1::CHANGE_STATE_APPLIED);
  Restart();
  EXPECT_EQ(ServingState(), "serving");
}

// With a CA of his own in the place of the operators' somebody could be any two of them.
TEST_F(FourEyesTest, AnotherTrustAnchorLetsNobodyInBeforeItIsApproved) {
  const TestPki intruder;
  WriteWholeFile(File("ca.pem"), intruder.ca_pem());
  Restart();
  const PemPair pair = intruder.Client(kAlice);
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = vault_.pki().ca_pem();
  options.pem_cert_chain = pair.certificate;
  options.pem_private_key = pair.private_key;
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("localhost");
  const auto channel = grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", vault_.admin_port()),
                                                 grpc::SslCredentials(options), arguments);
  Call call;
  admin::v1::GetConfigurationResponse ignored;
  EXPECT_EQ(ChangeService::NewStub(channel)->GetConfiguration(call, {}, &ignored).error_code(),
            grpc::StatusCode::UNAVAILABLE);
  // The operators are who they were, and see it.
  EXPECT_EQ(ServingState(), "config-unapproved");
  Call seen;
  admin::v1::GetConfigurationResponse configuration;
  ASSERT_TRUE(Changes(kBob)->GetConfiguration(seen, {}, &configuration).ok()) << seen.reason();
  for (const admin::v1::FileDigest& file : configuration.found()) {
    if (file.name() == "cardvault.yaml") continue;
    EXPECT_EQ(file.sha256(), absl::BytesToHexString(Sha256(intruder.ca_pem()))) << file.name();
  }
}

TEST_F(FourEyesTest, AVaultInProductionIsMadeWithTwoOperators) {
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  ChangeConfig("data_directory: production", "data_directory: lonely");
  ChangeConfig("key_label: kek", "key_label: other");
  const Finished made =
      RunToEnd({kDaemon, "--config", vault_.config_path(), "--init", "--operator", kAlice},
               File("init.log"));
  EXPECT_EQ(made.exit_code, 1);
  EXPECT_NE(made.output.find("two people"), std::string::npos) << made.output;
  EXPECT_FALSE(std::filesystem::exists(File("lonely")));
}

// There to be tried: the direct calls work as well.
TEST(FourEyesInSandboxModeTest, AChangeIsProposedAndApproved) {
  VaultProcess vault;
  ASSERT_TRUE(vault.Start()) << vault.output();
  Call roles_call;
  admin::v1::ApplyRolesRequest roles;
  roles.set_document(Roles({kAlice, kBob}));
  admin::v1::ApplyRolesResponse applied;
  ASSERT_TRUE(vault.System()->ApplyRoles(roles_call, roles, &applied).ok());
  Call propose;
  admin::v1::ProposeRequest request;
  request.mutable_proposal()->mutable_apply_route()->set_document(kRoute);
  admin::v1::ProposeResponse proposed;
  ASSERT_TRUE(ChangeService::NewStub(vault.AdminChannel(kAlice))
                  ->Propose(propose, request, &proposed)
                  .ok());
  Call approve;
  admin::v1::ApproveChangeRequest approval;
  approval.set_id(proposed.change().id());
  approval.set_digest(proposed.change().digest());
  admin::v1::ApproveChangeResponse response;
  ASSERT_TRUE(ChangeService::NewStub(vault.AdminChannel(kBob))
                  ->ApproveChange(approve, approval, &response)
                  .ok());
  EXPECT_EQ(response.change().state(), admin::v1::CHANGE_STATE_APPLIED);
  EXPECT_EQ(vault.Stop(), 0) << vault.output();
}

}  // namespace
}  // namespace cardvault::testing
