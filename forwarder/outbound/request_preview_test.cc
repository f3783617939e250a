#include "forwarder/outbound/request_preview.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "base/secret_bytes.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

const UpstreamUrl kUrl = *JoinUpstreamUrl("https://gateway.example/v1", "/api/process");
const absl::Time kNow = absl::FromUnixMillis(1700000000123);
const PreviewCard kCard = {"411111", "1111", 3, 2031, "Jane Doe"};

RouteSecrets Secrets(const std::string& secret = "MerchantSecretKey") {
  RouteSecrets secrets;
  secrets["secret"].current = std::make_shared<const SecretBytes>(SecretBytes::CopyOf(secret));
  return secrets;
}

std::string HeaderOf(const RequestPreview& preview, const std::string& name) {
  const auto found = std::find_if(preview.headers.begin(), preview.headers.end(),
                                  [&](const auto& header) { return header.first == name; });
  return found == preview.headers.end() ? "(none)" : found->second;
}

RequestPlan H2h() {
  CanonicalHmacSigner signer;
  signer.canonical_template = "{timestamp}|{nonce}|{body}";
  signer.secret_name = "secret";
  signer.key_id = "key-1";
  signer.wallet_uid = "wallet-1";
  RequestPlan plan;
  plan.signer = signer;
  plan.body = {{"payment", PlanObject{{"amount", int64_t{1500}}, {"test", true}}},
               {"card", PlanObject{{"pan", PlanSlot::kPan},
                                   {"year", PlanSlot::kExpiryYear},
                                   {"month", PlanSlot::kExpiryMonth},
                                   {"card_holder", PlanSlot::kCardholderName},
                                   {"cvv", PlanSlot::kCvv}}}};
  return plan;
}

TEST(RequestPreviewTest, ShowsTheTruncatedCardAndNoSignature) {
  const auto preview = RenderPreview(H2h(), kUrl, kCard, Secrets(), kNow);
  ASSERT_THAT(preview, IsOk());
  EXPECT_EQ(preview->url, "https://gateway.example/v1/api/process");
  EXPECT_EQ(preview->body,
            R"({"payment":{"amount":1500,"test":true},"card":{"pan":"411111******1111",)"
            R"("year":2031,"month":3,"card_holder":"Jane Doe","cvv":"***"}})");
  EXPECT_EQ(HeaderOf(*preview, "Content-Type"), "application/json");
  EXPECT_EQ(HeaderOf(*preview, "X-Wallet-UID"), "wallet-1");
  EXPECT_EQ(HeaderOf(*preview, "X-MP-Key-Id"), "key-1");
  EXPECT_EQ(HeaderOf(*preview, "X-MP-Timestamp"), "1700000000123");
  EXPECT_EQ(HeaderOf(*preview, "X-MP-Nonce").size(), 32u);
  EXPECT_EQ(HeaderOf(*preview, "X-MP-Signature"), "[signature, 44 characters]");
}

TEST(RequestPreviewTest, HidesASignatureInTheBody) {
  RequestPlan plan;
  plan.signer = SortedValuesSigner{"signature", "secret"};
  plan.body = {{"card_number", PlanSlot::kPan},
               {"card_exp", PlanSlot::kExpiryMmSlashYyyy},
               {"timestamp", PlanSlot::kTimestampSeconds}};
  const auto preview = RenderPreview(plan, kUrl, kCard, Secrets(), kNow);
  ASSERT_THAT(preview, IsOk());
  EXPECT_EQ(preview->body,
            R"({"card_number":"411111******1111","card_exp":"03/2031","timestamp":1700000000,)"
            R"("signature":"[signature, 96 characters]"})");
}

TEST(RequestPreviewTest, NamesWhatGoesOutEncrypted) {
  RequestPlan plan;
  plan.signer = ListedValuesSigner{{"A", "B"}, {"card.number"}, "secret"};
  plan.body = {{"card", PlanObject{{"number", EncryptedSlot{PlanSlot::kPan, "secret"}},
                                   {"cvv", EncryptedSlot{PlanSlot::kCvv, "secret"}}}}};
  const auto preview = RenderPreview(plan, kUrl, kCard, Secrets(), kNow);
  ASSERT_THAT(preview, IsOk());
  EXPECT_EQ(preview->body, R"({"card":{"number":"[encrypted]","cvv":"[encrypted]"}})");
  EXPECT_EQ(HeaderOf(*preview, "A"), "[signature, 96 characters]");
  EXPECT_EQ(HeaderOf(*preview, "B"), "[signature, 96 characters]");
  EXPECT_THAT(RenderPreview(plan, kUrl, kCard, Secrets(std::string(33, 'a')), kNow),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(RequestPreviewTest, FailsWhereTheSendingWould) {
  EXPECT_THAT(RenderPreview(H2h(), kUrl, kCard, {}, kNow),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  RequestPlan plan = H2h();
  plan.signer = NoSigner();
  EXPECT_THAT(RenderPreview(plan, kUrl, kCard, Secrets(), kNow),
              StatusIs(absl::StatusCode::kInternal));
  plan = H2h();
  plan.headers = {{"X-Extra", "a\r\nb"}};
  EXPECT_THAT(RenderPreview(plan, kUrl, kCard, Secrets(), kNow),
              StatusIs(absl::StatusCode::kInternal));
}

}  // namespace
}  // namespace cardvault
