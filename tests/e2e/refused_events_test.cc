// A1: what each RPC leaves in the audit log when it is refused before it does anything: for who
// calls, for what he sends, and because the vault is sealed. And no text of a caller's in any
// entry.

#include <google/protobuf/dynamic_message.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cardvault/admin/v1/audit_service.pb.h"
#include "cardvault/admin/v1/change_service.pb.h"
#include "server/refusal_log.h"
#include "server/role_table.h"
#include "tests/e2e/entry_search.h"
#include "tests/e2e/event_witness.h"
#include "tests/e2e/string_places.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/raw_call.h"

namespace cardvault::testing {
namespace {

constexpr char kMark[] = "zqmark-of-a-caller";

// Entries of one identity are bounded, so that each RPC has a caller of its own.
std::string CallerOf(const MethodRule& rule, size_t number) {
  const Role role = rule.roles.front();
  const std::string name = absl::StrCat("rpc-", number);
  if (rule.port == Port::kMerchant) return MerchantUri(kMerchant, name);
  return absl::StrCat("spiffe://test.example/", std::string(RoleName(role)), "/", name);
}

std::string NameOf(const MethodRule& rule) { return std::string(rule.method).substr(1); }

class RefusedEventsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(vault_.Start()) << vault_.output();
    std::string document =
        absl::StrCat("roles:\n  - identity: ", kOperatorUri, "\n    roles: [operator]\n");
    for (size_t i = 0; i < RoleTable().size(); ++i) {
      const std::string uri = CallerOf(RoleTable()[i], i);
      const std::string role(RoleName(RoleTable()[i].roles.front()));
      absl::StrAppend(&document, "  - identity: ", uri, "\n    roles: [", role, "]\n");
      witness_.Grant(uri, role);
    }
    Call call;
    admin::v1::ApplyRolesRequest request;
    request.set_document(document);
    admin::v1::ApplyRolesResponse response;
    ASSERT_TRUE(vault_.System()->ApplyRoles(call, request, &response).ok());
    ASSERT_TRUE(response.mistakes().empty());
  }

  // Of each RPC, with its number and who may call it.
  template <typename Work>
  void ForEachRpc(Work work) {
    for (size_t i = 0; i < RoleTable().size(); ++i) {
      work(RoleTable()[i], i, CallerOf(RoleTable()[i], i));
    }
  }

  std::vector<AuditEntry> Log() {
    EXPECT_EQ(vault_.Stop(), 0) << vault_.output();
    return ReadAuditLog(vault_.data_directory());
  }

  VaultProcess vault_;
  EventWitness witness_{vault_};
};

TEST_F(RefusedEventsTest, EachRefusalIsOneEntryWithWhoAndWhatAndWhy) {
  ForEachRpc([&](const MethodRule& rule, size_t i, const std::string& caller) {
    const std::string refusal(ActionName(rule.refusal));
    witness_.FailsWith(NameOf(rule), absl::StrCat("spiffe://test.example/operator/nobody-", i), "",
                       absl::StrCat("call.refused refused POLICY ", NameOf(rule)));
    witness_.FailsWith(NameOf(rule), caller, "\xff",
                       absl::StrCat(refusal, " refused FIELD_INVALID -"));
    witness_.FailsWith(NameOf(rule), caller, std::string(rule.max_request_bytes + 1, 'x'),
                       absl::StrCat("call.refused refused LIMIT ", NameOf(rule)));
  });
  witness_.Aside([&] {
    Call call;
    admin::v1::SealResponse sealed;
    ASSERT_TRUE(vault_.Custody(kOperatorUri)->Seal(call, {}, &sealed).ok());
  });
  ForEachRpc([&](const MethodRule& rule, size_t, const std::string& caller) {
    if (rule.served_under.Has(Restriction::kSealed)) return;
    witness_.FailsWith(NameOf(rule), caller, "",
                       absl::StrCat(ActionName(rule.refusal), " refused VAULT_SEALED -"));
  });
  witness_.Check(Log());
}

// Callers without a certificate are told apart by their host alone.
TEST_F(RefusedEventsTest, CallersWithoutACertificateAreCountedUpToTheLast) {
  uint32_t calls = 0;
  ForEachRpc([&](const MethodRule& rule, size_t, const std::string&) {
    Call call;
    const auto channel =
        rule.port == Port::kMerchant ? vault_.MerchantChannel("") : vault_.AdminChannel("");
    EXPECT_EQ(RawCall(*channel, rule.method, call, "").error_code(),
              grpc::StatusCode::UNAUTHENTICATED);
    ++calls;
  });
  uint32_t told = 0, alone = 0;
  for (const AuditEntry& entry : Log()) {
    if (entry.leaf.reason != ErrorReason::kIdentity) continue;
    EXPECT_EQ(entry.leaf.action, AuditAction::kCallRefused);
    EXPECT_EQ(entry.leaf.outcome, AuditOutcome::kRefused);
    EXPECT_EQ(entry.leaf.origin.principal, "");
    EXPECT_EQ(entry.leaf.origin.role, "");
    told += entry.leaf.count;
    if (entry.leaf.count == 1) ++alone;
  }
  EXPECT_EQ(told, calls);
  EXPECT_GE(alone, kRefusalsPerMinute);
  EXPECT_LE(alone, 3 * kRefusalsPerMinute);  // two ends of a minute between at most
}

TEST_F(RefusedEventsTest, NoEntryHasATextOfACallersChoice) {
  ASSERT_NE(admin::v1::ListKeysRequest::descriptor(), nullptr);
  ASSERT_NE(admin::v1::SealRequest::descriptor(), nullptr);
  ASSERT_NE(admin::v1::ProposeRequest::descriptor(), nullptr);
  ASSERT_NE(admin::v1::ExportRequest::descriptor(), nullptr);
  google::protobuf::DynamicMessageFactory factory;
  int places = 0;
  ForEachRpc([&](const MethodRule& rule, size_t, const std::string& caller) {
    std::string name = NameOf(rule);
    name[name.find('/')] = '.';
    const auto* method = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
    ASSERT_NE(method, nullptr) << name;
    const auto channel =
        rule.port == Port::kMerchant ? vault_.MerchantChannel(caller) : vault_.AdminChannel(caller);
    for (const StringPlace& place : FreeStringPlaces(*method->input_type())) {
      const std::unique_ptr<google::protobuf::Message> request(
          factory.GetPrototype(method->input_type())->New());
      place.set(*request, kMark);
      Call call;
      RawCall(*channel, rule.method, call, request->SerializeAsString());  // whatever comes of it
      ++places;
    }
  });
  EXPECT_GT(places, 100);
  ExpectInNoEntry(Log(), {kMark, "zqmark"});
}

}  // namespace
}  // namespace cardvault::testing
