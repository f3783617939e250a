#include "forwarder/outbound/signed_request.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "card/brand.h"
#include "card/expiry.h"
#include "card/test_pans.h"
#include "forwarder/outbound/canonical_hmac.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

const UpstreamUrl kUrl = *JoinUpstreamUrl("https://gateway.example:8443/v1", "/api/process");
const absl::Time kNow = absl::FromUnixMillis(1700000000123);

SlotValues MakeValues() {
  SlotValues values(kNow);
  values.SetPan(*Pan::Parse(kVisaTestPan));
  values.SetCvv(*Cvv::Parse("568", Brand::kVisa));
  values.SetProfile({*Expiry::Create(12, 2030), "Jane Doe"});
  return values;
}

RouteSecrets MakeSecrets() {
  RouteSecrets secrets;
  secrets["merchant_secret"].current =
      std::make_shared<const SecretBytes>(SecretBytes::CopyOf("MerchantSecretKey"));
  secrets["api_secret"].current =
      std::make_shared<const SecretBytes>(SecretBytes::CopyOf("ApiSecret-1"));
  return secrets;
}

std::string BodyOf(const SignedRequest& request) {
  const absl::string_view view = SecretBytesAccess::View(request.message.body);
  return std::string(view.data(), view.size());
}

std::string HeaderOf(const SignedRequest& request, absl::string_view name) {
  const MessageHeaders& headers = request.message.headers;
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const auto& header) { return name == header.first; });
  return found == headers.end() ? "(none)" : found->second;
}

// The full sale of upstreams.md, members out of order.
RequestPlan PraxisSale() {
  RequestPlan plan;
  plan.path = "/api/process";
  plan.signer = SortedValuesSigner();
  plan.body = {{"zip", std::string("10001")},
               {"amount", int64_t{1500}},
               {"address", std::string("1 Main St")},
               {"card_exp", PlanSlot::kExpiryMmSlashYyyy},
               {"card_number", PlanSlot::kPan},
               {"city", std::string("New York")},
               {"country", std::string("US")},
               {"currency", std::string("USD")},
               {"cvv", PlanSlot::kCvv},
               {"email", std::string("a@example.com")},
               {"first_name", std::string("Jane")},
               {"frontend", std::string("Integration TEST USD")},
               {"last_name", std::string("Doe")},
               {"merchant_id", std::string("Test-Integration-Merchant")},
               {"notification_url", std::string("https://m.example/n")},
               {"order_id", std::string("order-1")},
               {"pin", std::string("cust-1")},
               {"requester_ip", std::string("198.51.100.24")},
               {"return_url", std::string("https://m.example/ret")},
               {"state", std::string("NY")},
               {"timestamp", PlanSlot::kTimestampSeconds},
               {"transaction_type", std::string("sale")},
               {"version", std::string("1.1")}};
  return plan;
}

TEST(SignedRequestTest, PraxisSaleHasTheVectorsSignatureInItsBody) {
  const SlotValues values = MakeValues();
  const auto request = BuildSignedRequest(PraxisSale(), kUrl, MakeSecrets(), values, kNow);
  ASSERT_THAT(request, IsOk());
  const std::string body = BodyOf(*request);
  EXPECT_NE(body.find(absl::StrCat("\"card_number\":\"", kVisaTestPan, "\"")), std::string::npos);
  EXPECT_NE(body.find("\"signature\":\"f1cc01453cfd1dd2580c022cc7cae71dc9d3a0171f4b5050327b9b24a66c"
                      "956907554449372b2a9f89b1b6fe3ea9c001\"}"),
            std::string::npos);
  ASSERT_EQ(request->message.headers.size(), 1u);
  EXPECT_EQ(HeaderOf(*request, "Content-Type"), "application/json");
}

TEST(SignedRequestTest, SortedValuesTakeBooleansAsOneAndNothing) {
  RequestPlan plan;
  plan.signer = SortedValuesSigner();
  plan.body = {{"a", true}, {"b", false}, {"c", int64_t{-5}}};
  const SlotValues values(kNow);
  const auto request = BuildSignedRequest(plan, kUrl, MakeSecrets(), values, kNow);
  ASSERT_THAT(request, IsOk());
  // python3: hashlib.sha384(b"1-5MerchantSecretKey").hexdigest()
  EXPECT_EQ(BodyOf(*request),
            "{\"a\":true,\"b\":false,\"c\":-5,\"signature\":"
            "\"06e3391761ae8403dcfa770202906ee9ecf6a8d71fef47965c72b5d2d8a3807c2cc58c40644c75b50f26"
            "c2815dc2e6b3\"}");
}

TEST(SignedRequestTest, NestedValuesHaveNoSortedSignature) {
  RequestPlan plan;
  plan.signer = SortedValuesSigner();
  plan.body = {{"a", PlanObject{}}};
  const SlotValues values(kNow);
  EXPECT_THAT(BuildSignedRequest(plan, kUrl, MakeSecrets(), values, kNow),
              StatusIs(absl::StatusCode::kInternal));
}

// The direct card request of Praxis 1.3 as its vector has it.
RequestPlan DirectCard() {
  RequestPlan plan;
  plan.headers = {{"Content-Type", "application/json; charset=utf-8"}};
  plan.body = {{"merchant_id", std::string("Test-Integration-Merchant")},
               {"application_key", std::string("Sandbox")},
               {"version", std::string("1.3")},
               {"timestamp", PlanSlot::kTimestampSeconds},
               {"transaction_type", std::string("sale")},
               {"currency", std::string("USD")},
               {"amount", int64_t{1500}},
               {"order_id", std::string("order-1")},
               {"cid", std::string("cust-1")},
               {"gateway", std::string("gw-hash")},
               {"notification_url", std::string("https://m.example/n")},
               {"return_url", std::string("https://m.example/ret")},
               {"card_data", PlanObject{{"card_number", EncryptedSlot{PlanSlot::kPan, "secret"}},
                                        {"cvv", EncryptedSlot{PlanSlot::kCvv, "secret"}}}}};
  plan.signer = ListedValuesSigner{
      {"Gt-Authentication"},
      {"merchant_id", "application_key", "timestamp", "transaction_type", "cid", "order_id",
       "currency", "amount", "gateway", "notification_url", "return_url", "card_data.card_number"},
      "secret"};
  return plan;
}

constexpr char kDirectCardSignature[] =
    "5e08b45cd66d5c428014dbad67eab3a338e3c78c2a6b21afc0157401580815d4bd3c29bc39ee462ce906f46eeee543"
    "ef";

class ListedValuesSignerTest : public ::testing::Test {
 protected:
  ListedValuesSignerTest() {
    secret_ = std::make_shared<const SecretBytes>(SecretBytes::CopyOf("MerchantSecretKey"));
    secrets_["secret"].current = secret_;
    for (const PlanSlot slot : {PlanSlot::kPan, PlanSlot::kCvv}) {
      EXPECT_THAT(values_.Encrypt({slot, "secret"}, *secret_), IsOk());
    }
  }

  std::shared_ptr<const SecretBytes> secret_;
  RouteSecrets secrets_;
  SlotValues values_ = MakeValues();
};

TEST_F(ListedValuesSignerTest, DirectCardRequestHasTheVectorsSignatureAndCiphertexts) {
  const auto request = BuildSignedRequest(DirectCard(), kUrl, secrets_, values_, kNow);
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ(HeaderOf(*request, "Gt-Authentication"), kDirectCardSignature);
  EXPECT_EQ(request->signature, kDirectCardSignature);
  ASSERT_EQ(request->message.headers.size(), 2u);
  const std::string body = BodyOf(*request);
  EXPECT_NE(
      body.find(R"("card_data":{"card_number":"xcQ2p0W2lYloV7zegvHDA+j41WfCWXY7/8A7Z+CC0TQ=",)"
                R"("cvv":"Yw0Pkq4/kcVXoIRZ7x7fpA=="}})"),
      std::string::npos);
  EXPECT_EQ(body.find("signature"), std::string::npos);
}

TEST_F(ListedValuesSignerTest, MissingValuesAreLeftOutAndEveryHeaderHasTheSignature) {
  RequestPlan plan = DirectCard();
  auto& signer = std::get<ListedValuesSigner>(plan.signer);
  signer.headers.push_back("external-request-signature");
  signer.paths.insert(signer.paths.begin() + 2, {"none", "cid.none", "card_data.none"});
  const auto request = BuildSignedRequest(plan, kUrl, secrets_, values_, kNow);
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ(HeaderOf(*request, "Gt-Authentication"), kDirectCardSignature);
  EXPECT_EQ(HeaderOf(*request, "external-request-signature"), kDirectCardSignature);
}

TEST_F(ListedValuesSignerTest, TheOrderOfThePathsCounts) {
  RequestPlan plan = DirectCard();
  auto& signer = std::get<ListedValuesSigner>(plan.signer);
  std::swap(signer.paths[0], signer.paths[1]);
  const auto request = BuildSignedRequest(plan, kUrl, secrets_, values_, kNow);
  ASSERT_THAT(request, IsOk());
  EXPECT_NE(request->signature, kDirectCardSignature);
}

TEST_F(ListedValuesSignerTest, SignsWithTheCurrentVersionAlone) {
  secrets_["secret"] = {nullptr, secret_};
  EXPECT_THAT(BuildSignedRequest(DirectCard(), kUrl, secrets_, values_, kNow),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(ListedValuesSignerTest, RefusesObjectsAndAMissingHeader) {
  RequestPlan plan = DirectCard();
  std::get<ListedValuesSigner>(plan.signer).paths.push_back("card_data");
  EXPECT_THAT(BuildSignedRequest(plan, kUrl, secrets_, values_, kNow),
              StatusIs(absl::StatusCode::kInternal));
  plan = DirectCard();
  std::get<ListedValuesSigner>(plan.signer).headers.clear();
  EXPECT_THAT(BuildSignedRequest(plan, kUrl, secrets_, values_, kNow),
              StatusIs(absl::StatusCode::kInternal));
}

TEST(SignedRequestTest, NoRequestGoesOutUnsignedOrWithoutItsCiphertext) {
  const SlotValues values = MakeValues();
  RequestPlan plan = PraxisSale();
  plan.signer = NoSigner();
  EXPECT_THAT(BuildSignedRequest(plan, kUrl, MakeSecrets(), values, kNow),
              StatusIs(absl::StatusCode::kInternal));
  plan.signer = SortedValuesSigner();
  plan.body.push_back({"card", EncryptedSlot{PlanSlot::kPan, "merchant_secret"}});
  EXPECT_THAT(BuildSignedRequest(plan, kUrl, MakeSecrets(), values, kNow),
              StatusIs(absl::StatusCode::kInternal));
}

TEST(SignedRequestTest, CanonicalSignatureCoversTheBytesThatAreSent) {
  RequestPlan plan;
  plan.path = "/api/process";
  plan.headers = {{"X-Extra", "1"}, {"content-type", "application/json; charset=utf-8"}};
  plan.body = {{"card", PlanObject{{"pan", PlanSlot::kPan}, {"cvv", PlanSlot::kCvv}}}};
  CanonicalHmacSigner signer;
  signer.canonical_template = "{method}|{path}|{host}|{timestamp}|{nonce}|{key_id}|{body}";
  signer.key_id = "key-1";
  signer.wallet_uid = "wallet-1";
  plan.signer = signer;
  const SlotValues values = MakeValues();
  const auto request = BuildSignedRequest(plan, kUrl, MakeSecrets(), values, kNow);
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ(HeaderOf(*request, "X-MP-Timestamp"), "1700000000123");
  EXPECT_EQ(HeaderOf(*request, "X-MP-Key-Id"), "key-1");
  EXPECT_EQ(HeaderOf(*request, "X-Wallet-UID"), "wallet-1");
  EXPECT_EQ(HeaderOf(*request, "X-Extra"), "1");
  EXPECT_EQ(HeaderOf(*request, "Content-Type"), "(none)");  // the plan's own stands
  const std::string nonce = HeaderOf(*request, "X-MP-Nonce");
  EXPECT_EQ(nonce.size(), 32u);

  const std::string body = BodyOf(*request);
  CanonicalInput input;
  input.method = "POST";
  input.path = "/v1/api/process";
  input.host = "gateway.example:8443";
  input.timestamp = "1700000000123";
  input.nonce = nonce;
  input.body = body;
  EXPECT_EQ(HeaderOf(*request, "X-MP-Signature"),
            *SignCanonical(signer, input, SecretBytes::CopyOf("ApiSecret-1")));
}

TEST(SignedRequestTest, EverySigningHasItsOwnNonce) {
  RequestPlan plan;
  CanonicalHmacSigner signer;
  signer.canonical_template = "{nonce}";
  plan.signer = signer;
  const SlotValues values(kNow);
  const auto a = BuildSignedRequest(plan, kUrl, MakeSecrets(), values, kNow);
  const auto b = BuildSignedRequest(plan, kUrl, MakeSecrets(), values, kNow);
  ASSERT_THAT(a, IsOk());
  ASSERT_THAT(b, IsOk());
  EXPECT_NE(HeaderOf(*a, "X-MP-Nonce"), HeaderOf(*b, "X-MP-Nonce"));
}

TEST(SignedRequestTest, RefusesMissingCredentialsAndSlots) {
  RequestPlan plan = PraxisSale();
  const SlotValues values = MakeValues();
  EXPECT_THAT(BuildSignedRequest(plan, kUrl, {}, values, kNow),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(BuildSignedRequest(plan, kUrl,
                                 {{"merchant_secret", {std::make_shared<const SecretBytes>(), {}}}},
                                 values, kNow),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  SlotValues without_cvv(kNow);
  without_cvv.SetPan(*Pan::Parse(kVisaTestPan));
  without_cvv.SetProfile({*Expiry::Create(12, 2030), ""});
  EXPECT_THAT(BuildSignedRequest(plan, kUrl, MakeSecrets(), without_cvv, kNow),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kCvvRequired));
}

TEST(SignedRequestTest, RefusesHeadersThatBreakLines) {
  RequestPlan plan = PraxisSale();
  const SlotValues values = MakeValues();
  for (const char* const value : {"a\r\nX-Other: b", "a\n", "\x7f"}) {
    plan.headers = {{"X-Extra", value}};
    EXPECT_THAT(BuildSignedRequest(plan, kUrl, MakeSecrets(), values, kNow),
                StatusIs(absl::StatusCode::kInternal));
  }
}

}  // namespace
}  // namespace cardvault
