#include "sandbox/praxis_signature.h"

#include <gtest/gtest.h>

#include <string>

#include "sandbox/digest.h"
#include "sandbox/testing/sample_requests.h"

namespace cardvault::sandbox {
namespace {

constexpr char kSecret[] = "MerchantSecretKey";

JsonValue Parse(const std::string& text) { return JsonValue::Parse(text).value(); }

TEST(PraxisSignatureTest, ReproducesTheOfficialRequestVector) {
  const JsonValue message =
      Parse(R"({"version":"1.1","trace_id":752856,"timestamp":1559825373,)"
            R"("merchant_id":"Test-Integration-Merchant","frontend":"Integration TEST USD"})");
  EXPECT_EQ(SignPraxisMessage(message, kSecret),
            "c1eb4464bce78dd099501fbdbc6c9b9979070b4d82ef47fbbfbf9535104934d4"
            "abd77bfd9480685b317d60db5339097b");
}

TEST(PraxisSignatureTest, ReproducesTheOfficialTextVector) {
  EXPECT_EQ(Sha384Hex("Integration TEST USDTest-Integration-Merchant15688553921.1ABCDEF"
                      "MerchantSecretKey"),
            "c8d9b1824601bb6e11342afc36cb7281892daead2fbae257ea2d2ff8aa4908d6"
            "6d5863a429e247d47155c01a0592e482");
}

TEST(PraxisSignatureTest, ReproducesTheFullSale) {
  EXPECT_EQ(SignPraxisMessage(SampleSale("order-1", 1500, "568", 1700000000), kSecret),
            "f1cc01453cfd1dd2580c022cc7cae71dc9d3a0171f4b5050327b9b24a66c9569"
            "07554449372b2a9f89b1b6fe3ea9c001");
}

TEST(PraxisSignatureTest, ReproducesTheAcknowledgement) {
  const JsonValue message =
      Parse(R"({"description":"Success","status":0,"timestamp":1700000005,"version":"1.1"})");
  EXPECT_EQ(SignPraxisMessage(message, kSecret),
            "ed5860a11a04c218720e79eb9acb032880d71cc1a6d4c6e8eec49f2f937192ef"
            "1376585a8263ffd1e5821b1118abd8b3");
}

TEST(PraxisSignatureTest, RendersLiteralsTrueFalseAndNull) {
  EXPECT_EQ(SignPraxisMessage(Parse(R"({"a":1.50,"b":true,"c":false,"d":null,"e":"x"})"), "s"),
            Sha384Hex("1.501xs"));
}

TEST(PraxisSignatureTest, SortsKeysByByte) {
  EXPECT_EQ(SignPraxisMessage(Parse(R"({"ab":"3","a_b":"2","B":"1"})"), "s"), Sha384Hex("123s"));
}

TEST(PraxisSignatureTest, VerifiesOnlyTheRightSignature) {
  JsonValue message = SampleFindOrder("order-1", 1700000000);
  EXPECT_FALSE(VerifyPraxisMessage(message, kSecret));
  std::string signature = SignPraxisMessage(message, kSecret);
  message.Set("signature", JsonValue::String(signature));
  EXPECT_TRUE(VerifyPraxisMessage(message, kSecret));
  EXPECT_FALSE(VerifyPraxisMessage(message, "another"));
  signature[0] = signature[0] == 'A' ? 'B' : 'A';
  message.Set("signature", JsonValue::String(signature));
  EXPECT_FALSE(VerifyPraxisMessage(message, kSecret));
}

TEST(PraxisSignatureTest, VerifiesNoMessageWithNestedValues) {
  JsonValue message = JsonValue::Object();
  message.Set("inner", JsonValue::Object());
  message.Set("signature", JsonValue::String(SignPraxisMessage(message, kSecret)));
  EXPECT_FALSE(VerifyPraxisMessage(message, kSecret));
}

}  // namespace
}  // namespace cardvault::sandbox
