// T6: a card number in any string field but the one for it is refused, in every RPC, found by
// walking the descriptors; and it is in no log line, no file and no answer afterwards.

#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "card/test_pans.h"
#include "cardvault/admin/v1/audit_service.pb.h"
#include "cardvault/admin/v1/backup_service.pb.h"
#include "cardvault/admin/v1/change_service.pb.h"
#include "server/role_table.h"
#include "tests/e2e/custody_fixture.h"
#include "tests/e2e/entry_search.h"
#include "tests/e2e/string_places.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/raw_call.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

using google::protobuf::Message;

constexpr size_t kTokenTextSize = 34;  // behind "tok_test_"

std::string UriFor(Role role) {
  if (role == Role::kOperator) return kOperatorUri;
  if (role == Role::kCustodian) return CustodianUri("alice");
  if (role == Role::kAuditor) return kAuditorUri;
  return MerchantUri(kMerchant, std::string(RoleName(role)));
}

// Payments that would do, but that there is no such route.
template <typename Request>
Request GoodCardPayment(const std::string& token) {
  Request request;
  request.set_token(token);
  request.set_payment_id("every-field");
  request.set_amount(1);
  request.set_currency("EUR");
  request.set_route("route");
  request.mutable_customer()->set_id("c");
  return request;
}

v1::RefundRequest GoodRefund() {
  v1::RefundRequest request;
  request.set_original_payment_id("original");
  request.set_payment_id("every-field");
  request.set_amount(1);
  request.mutable_customer()->set_id("c");
  return request;
}

// With the kind of payment that the place is of.
v1::DryRunRequest GoodDryRun(const std::string& place, const std::string& token) {
  v1::DryRunRequest request;
  if (absl::StartsWith(place, "pay_in.")) {
    *request.mutable_pay_in() = GoodCardPayment<v1::PayInRequest>(token);
  } else if (absl::StartsWith(place, "pay_out.")) {
    *request.mutable_pay_out() = GoodCardPayment<v1::PayOutRequest>(token);
  } else {
    *request.mutable_refund() = GoodRefund();
  }
  return request;
}

template <typename Request>
std::string GoodReplacement(const std::string& token) {
  Request request;
  request.set_request_id("every-field");
  request.mutable_card()->set_number(std::string(kMastercardTestPan));
  request.mutable_card()->set_expiry_month(12);
  request.mutable_card()->set_expiry_year(2035);
  if constexpr (std::is_same_v<Request, v1::ReplacePanRequest>) request.set_token(token);
  return request.SerializeAsString();
}

// A request that would do, so that the one bad place decides.
std::string GoodBytes(const std::string& method, const std::string& place,
                      const std::string& token) {
  if (absl::EndsWith(method, "/Tokenize")) return GoodReplacement<v1::TokenizeRequest>(token);
  if (absl::EndsWith(method, "/ReplacePan")) return GoodReplacement<v1::ReplacePanRequest>(token);
  if (absl::EndsWith(method, "/ImportCards")) {
    v1::ImportCardsRequest request;
    request.mutable_settings()->set_import_id("every-field");
    return request.SerializeAsString();
  }
  if (absl::EndsWith(method, "/PayIn")) {
    return GoodCardPayment<v1::PayInRequest>(token).SerializeAsString();
  }
  if (absl::EndsWith(method, "/PayOut")) {
    return GoodCardPayment<v1::PayOutRequest>(token).SerializeAsString();
  }
  if (absl::EndsWith(method, "/Refund")) return GoodRefund().SerializeAsString();
  if (absl::EndsWith(method, "/DryRun")) return GoodDryRun(place, token).SerializeAsString();
  if (absl::EndsWith(method, "/VerifyNotification")) {
    // There is no such route. Through one a header's value may be anything, as signatures are, and
    // goes no further than their check.
    v1::VerifyNotificationRequest request;
    request.set_route("route");
    request.set_body("{}");
    return request.SerializeAsString();
  }
  if (absl::EndsWith(method, "/ResolvePayment")) {
    admin::v1::ResolvePaymentRequest request;
    request.set_merchant(kMerchant);
    request.set_payment_id("every-field");
    request.set_state("DECLINED");
    return request.SerializeAsString();
  }
  if (absl::EndsWith(method, "/UpdateCard")) {
    v1::UpdateCardRequest request;
    request.set_token(token);
    request.set_revision(1);
    return request.SerializeAsString();
  }
  if (absl::EndsWith(method, "/ProvideCvv")) {
    v1::ProvideCvvRequest request;
    request.set_token(token);
    request.set_cvv("123");
    return request.SerializeAsString();
  }
  return "";
}

// A token of another form is one that never was.
bool IsToken(const std::string& path) { return path == "token" || absl::EndsWith(path, ".token"); }

// A row that is bad ends no import: its result says so, and which field it was.
bool IsRefusedRow(const std::string& path, const std::string& answer) {
  v1::ImportCardsResponse response;
  if (!response.ParseFromString(answer) || response.results_size() != 1) return false;
  const v1::ImportResult& result = response.results(0);
  return result.outcome() == v1::IMPORT_OUTCOME_REFUSED && !result.field().empty() &&
         absl::StartsWith(path, absl::StrCat("rows.", result.field()));
}

// Digits, groups as on the card, groups with what ids may hold, and in the form of a token.
std::vector<std::string> Spellings(const std::string& pan) {
  const auto grouped = [&pan](const char* separator) {
    return absl::StrCat(pan.substr(0, 4), separator, pan.substr(4, 4), separator, pan.substr(8, 4),
                        separator, pan.substr(12));
  };
  const std::string binary_as_text = pan + std::string(kTokenTextSize - pan.size(), 'a');
  return {pan, grouped("-"), grouped("."), grouped(":"), "tok_test_" + binary_as_text};
}

// Calls about custody are made to the fixture's vault, whose KEK is in custody; the others to one
// with a KEK in a file, for each has calls that the other does not offer.
class PanInEveryFieldTest : public CustodyFixture {};

TEST_F(PanInEveryFieldTest, IsRefusedAndNowhereKept) {
  VaultProcess vault;
  ASSERT_TRUE(vault.Start()) << vault.output();
  StartVault();
  UnsealFirst();
  // Another number than the stored card's, so that a find is the planted one.
  const std::string pan(kVisaTestPan3);
  const std::vector<std::string> spellings = Spellings(pan);
  std::string token, fingerprint;
  {
    v1::TokenizeRequest request;
    ASSERT_TRUE(request.ParseFromString(GoodBytes("/Tokenize", "", "")));
    request.set_request_id("stored");
    Call call;
    v1::TokenizeResponse response;
    ASSERT_TRUE(vault.Ingest()->Tokenize(call, request, &response).ok());
    token = response.token().token();
    fingerprint = response.token().fingerprint();
    ASSERT_FALSE(fingerprint.empty());
  }

  int places_tried = 0;
  std::map<std::string, std::shared_ptr<grpc::Channel>> channels;
  google::protobuf::DynamicMessageFactory factory;
  // Named, so that the linker keeps every service's file.
  ASSERT_NE(admin::v1::ListKeysRequest::descriptor(), nullptr);
  ASSERT_NE(admin::v1::SealRequest::descriptor(), nullptr);
  ASSERT_NE(admin::v1::ProposeRequest::descriptor(), nullptr);
  ASSERT_NE(admin::v1::ExportRequest::descriptor(), nullptr);
  ASSERT_NE(admin::v1::CreateBackupRequest::descriptor(), nullptr);
  const google::protobuf::DescriptorPool& pool =
      *google::protobuf::DescriptorPool::generated_pool();
  for (const MethodRule& rule : RoleTable()) {
    std::string name = std::string(rule.method).substr(1);
    name[name.find('/')] = '.';
    const auto* method = pool.FindMethodByName(name);
    ASSERT_NE(method, nullptr) << name;
    const std::string uri = UriFor(rule.roles.front());
    const bool of_custody = absl::StartsWith(rule.method, "/cardvault.admin.v1.CustodyService/");
    VaultProcess& called = of_custody ? vault_ : vault;
    std::shared_ptr<grpc::Channel>& channel = channels[absl::StrCat(of_custody, uri)];
    if (channel == nullptr) {
      channel =
          rule.port == Port::kMerchant ? called.MerchantChannel(uri) : called.AdminChannel(uri);
    }
    for (const StringPlace& place : FreeStringPlaces(*method->input_type())) {
      for (const std::string& spelling : spellings) {
        // Telephone numbers are excepted from the rule; their own form is digits up to 15.
        std::unique_ptr<Message> request(factory.GetPrototype(method->input_type())->New());
        ASSERT_TRUE(request->ParseFromString(GoodBytes(rule.method, place.path, token)));
        place.set(*request, spelling);
        Call call;
        std::string answer;
        const grpc::Status status =
            RawCall(*channel, rule.method, call, request->SerializeAsString(), &answer);
        SCOPED_TRACE(name + " " + place.path + ": " + spelling);
        EXPECT_TRUE(status.error_code() == grpc::StatusCode::INVALID_ARGUMENT ||
                    (status.error_code() == grpc::StatusCode::NOT_FOUND && IsToken(place.path)) ||
                    (status.ok() && IsRefusedRow(place.path, answer)))
            << status.error_code() << " " << status.error_message();
        EXPECT_EQ(status.error_message().find(spelling), std::string::npos);
        EXPECT_EQ(answer.find(spelling), std::string::npos);
        ++places_tried;
      }
    }
  }
  EXPECT_GE(places_tried, 200);
  ASSERT_EQ(vault.Stop(), 0) << vault.output();
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();

  // Decoded, for the files hold them compressed. The stored card's BIN and last four as well.
  std::vector<std::string> unwanted = spellings;
  unwanted.insert(unwanted.end(), {fingerprint, std::string(kMastercardTestPan),
                                   std::string(kMastercardTestPan.substr(0, 6)), pan.substr(0, 8)});
  ExpectInNoEntry(ReadAuditLog(vault.data_directory()), unwanted);
  ExpectInNoEntry(ReadAuditLog(vault_.data_directory()), unwanted);

  int files = 0;
  for (const VaultProcess* const searched : {&vault, &vault_}) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(searched->directory().path())) {
      if (!entry.is_regular_file()) continue;
      ++files;
      const std::string bytes = ReadWholeFile(entry.path());
      for (const std::string& spelling : spellings) {
        EXPECT_EQ(bytes.find(spelling), std::string::npos) << entry.path() << ": " << spelling;
      }
    }
  }
  EXPECT_GT(files, 5);
}

}  // namespace
}  // namespace cardvault::testing
