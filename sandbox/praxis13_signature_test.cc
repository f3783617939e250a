#include "sandbox/praxis13_signature.h"

#include <gtest/gtest.h>

#include <string>

#include "card/test_pans.h"
#include "sandbox/digest.h"
#include "sandbox/praxis13_cipher.h"
#include "sandbox/testing/praxis13_requests.h"

namespace cardvault::sandbox {
namespace {

constexpr char kSecret[] = "MerchantSecretKey";
constexpr int64_t kSeconds = 1'700'000'000;
constexpr char kTimestamp[] = "1700000000";
constexpr char kEncryptedPan[] = "xcQ2p0W2lYloV7zegvHDA+j41WfCWXY7/8A7Z+CC0TQ=";

JsonValue Parse(const std::string& text) { return JsonValue::Parse(text).value(); }

TEST(Praxis13SignatureTest, ReproducesTheDirectCardVector) {
  const JsonValue sale = Praxis13Sale("order-1", 1500, "568", kSeconds);
  EXPECT_EQ(sale.Find("card_data")->StringAt("card_number"), kEncryptedPan);
  const std::string signature = SignPraxis13(Praxis13Message::kDirectCardRequest, sale, kSecret);
  EXPECT_EQ(signature,
            "5e08b45cd66d5c428014dbad67eab3a338e3c78c2a6b21afc0157401580815d4"
            "bd3c29bc39ee462ce906f46eeee543ef");
  EXPECT_TRUE(VerifyPraxis13(Praxis13Message::kDirectCardRequest, sale, kSecret, signature));
  EXPECT_FALSE(VerifyPraxis13(Praxis13Message::kRefundRequest, sale, kSecret, signature));
  EXPECT_FALSE(VerifyPraxis13(Praxis13Message::kDirectCardRequest, sale, "another", signature));
}

TEST(Praxis13SignatureTest, ReproducesTheAcknowledgementVector) {
  EXPECT_EQ(SignPraxis13(Praxis13Message::kAcknowledgement,
                         Parse(R"({"status":0,"timestamp":1700000005,"version":"1.3"})"), kSecret),
            "8ded81b32c5cb4391e8d59085ecd77d00c4ffc511acd15bf8a050a18463cf2cd"
            "7c812bc7be2fbd9065aac4868aff97d1");
}

TEST(Praxis13SignatureTest, OrdersTheListsAndSkipsNulls) {
  const JsonValue message = Parse(
      R"({"merchant_id":"M","application_key":"A","timestamp":1,"order_id":"o","intent":"i","tid":2,)"
      R"("status":0,"customer":{"customer_token":"C"},"session":{"order_id":"O"},)"
      R"("transaction_type":"refund","cid":"c","currency":"cur","amount":4,"reference_id":9,)"
      R"("transaction":{"tid":3,"transaction_status":"S","currency":"U","amount":5,)"
      R"("conversion_rate":1.00,"processed_currency":"P","processed_amount":null}})");
  const auto signed_text = [&](Praxis13Message kind, const std::string& text) {
    return SignPraxis13(kind, message, kSecret) == Sha384Hex(text + kSecret);
  };
  EXPECT_TRUE(signed_text(Praxis13Message::kFindOrderRequest, "MA1o"));
  EXPECT_TRUE(signed_text(Praxis13Message::kManageRequest, "MA1i2"));
  EXPECT_TRUE(signed_text(Praxis13Message::kRefundRequest, "MA1refundcocur49"));
  EXPECT_TRUE(signed_text(Praxis13Message::kPaymentAnswer, "013SU5"));
  EXPECT_TRUE(signed_text(Praxis13Message::kManageAnswer, "013SP"));
  EXPECT_TRUE(signed_text(Praxis13Message::kNotification, "MA1CO3U51.00P"));
}

TEST(Praxis13CipherTest, ReproducesTheVectors) {
  EXPECT_EQ(DecryptPraxis13Field(kEncryptedPan, kSecret, kTimestamp), std::string(kVisaTestPan));
  EXPECT_EQ(DecryptPraxis13Field("TGSonza+w9RP3JyZoKr0Ng==", kSecret, kTimestamp), "12/2030");
  EXPECT_EQ(DecryptPraxis13Field("Yw0Pkq4/kcVXoIRZ7x7fpA==", kSecret, kTimestamp), "568");
  EXPECT_EQ(EncryptPraxis13Field(kVisaTestPan, kSeconds), kEncryptedPan);
}

TEST(Praxis13CipherTest, RefusesWhatIsNotRightlyEncrypted) {
  EXPECT_FALSE(DecryptPraxis13Field(kEncryptedPan, "AnotherSecretKey", kTimestamp).has_value());
  EXPECT_NE(DecryptPraxis13Field(kEncryptedPan, kSecret, "1700000001"), std::string(kVisaTestPan));
  EXPECT_FALSE(DecryptPraxis13Field("", kSecret, kTimestamp).has_value());
  EXPECT_FALSE(DecryptPraxis13Field("no base64!", kSecret, kTimestamp).has_value());
  EXPECT_FALSE(DecryptPraxis13Field("Yw0Pkq4/kcVXoIRZ7x7fpA", kSecret, kTimestamp).has_value());
  EXPECT_FALSE(DecryptPraxis13Field("NTY4", kSecret, kTimestamp).has_value());
  EXPECT_FALSE(DecryptPraxis13Field(kEncryptedPan, std::string(33, 's'), kTimestamp).has_value());
  EXPECT_FALSE(DecryptPraxis13Field(kEncryptedPan, kSecret, std::string(17, '1')).has_value());
}

}  // namespace
}  // namespace cardvault::sandbox
