#include "forwarder/outbound/message_proof.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::shared_ptr<const SecretBytes> Secret(absl::string_view text) {
  return std::make_shared<const SecretBytes>(SecretBytes::CopyOf(text));
}

bool Verifies(const MessageProof& proof, const std::string& body, MessageHeaders headers,
              const RouteSecrets& secrets) {
  IncomingMessage message = {"POST", "/hooks/h2h", "m.example", std::move(headers),
                             SecretBytes::CopyOf(body)};
  const auto document = MessageDocument::Parse(message.body);
  EXPECT_TRUE(document.ok());
  return document.ok() && VerifyProof(proof, message, *document, secrets);
}

// The payment notification of Praxis 1.3.
class ListedValuesProofTest : public ::testing::Test {
 protected:
  bool Verifies(const std::string& body, const std::string& signature) const {
    return Verifies(body, MessageHeaders{{"GT-authentication", signature}});
  }
  bool Verifies(const std::string& body, MessageHeaders headers) const {
    return ::cardvault::Verifies(proof_, body, std::move(headers), secrets_);
  }

  const ListedValuesProof proof_ = {
      "Gt-Authentication",
      {"merchant_id", "application_key", "timestamp", "customer.customer_token", "session.order_id",
       "transaction.tid", "transaction.currency", "transaction.amount",
       "transaction.conversion_rate", "transaction.processed_currency",
       "transaction.processed_amount"},
      "merchant_secret"};
  RouteSecrets secrets_ = {{"merchant_secret", {Secret("MerchantSecretKey"), nullptr}}};
  const std::string body_ =
      R"({"merchant_id":"Test-Integration-Merchant","application_key":"Sandbox",)"
      R"("timestamp":1700000000,"customer":{"customer_token":"tok-1"},)"
      R"("session":{"order_id":"order-1","other":[1]},"transaction":{"tid":756850,)"
      R"("currency":"USD","amount":1500.00,"conversion_rate":1.50,"processed_currency":"EUR",)"
      R"("processed_amount":1400.0}})";
  // Computed apart from this code, with Python's hashlib: sha384 over the joined values and the
  // secret, the numbers as they stand above, and in their shortest form.
  const std::string raw_ =
      "33f05057f79cba6cdcab197e2152dc1b964aefca4f3bc559dfec9d2d11b8cb9432417d60cddd7255380a6b07111f"
      "b33a";
  const std::string shortest_ =
      "36c41a2fcb5749cd3fe8336e5155e3af163be4b9681810f14fce9be7ad5d1b15e4675c08e50998cf727cc28534e4"
      "61e6";
};

TEST_F(ListedValuesProofTest, NumbersCountByTheirLiteralOrTheirShortestForm) {
  EXPECT_TRUE(Verifies(body_, raw_));
  EXPECT_TRUE(Verifies(body_, shortest_));
  const std::string shorter =
      absl::StrReplaceAll(body_, {{"1500.00", "1500"}, {"1.50", "1.5"}, {"1400.0", "1400"}});
  EXPECT_TRUE(Verifies(shorter, shortest_));
  EXPECT_FALSE(Verifies(shorter, raw_));
  // All of them in one form: the amount alone shortened.
  EXPECT_FALSE(Verifies(body_,
                        "3ac2a7a6cb0a9958f99668b22293f8142fe3a753cb7994becc204bf36e07ae63ef542211ad"
                        "49d7bbdea18310a0b646a2"));
}

TEST_F(ListedValuesProofTest, NullsAndMissingValuesAreSkipped) {
  // python3: the raw values without customer_token and processed_currency's place in the list.
  const std::string signature =
      "b0d806bda80609034267b98bdf3f20ffc5a98389684335cd7d164fe822147ad10eb3a4ef315ae64c3e75acfffe1d"
      "8e7f";
  const std::string body = absl::StrReplaceAll(
      body_, {{R"("customer_token":"tok-1")", ""}, {R"("processed_currency":"EUR",)", ""}});
  EXPECT_TRUE(Verifies(body, signature));
  EXPECT_TRUE(Verifies(absl::StrReplaceAll(body_, {{R"("tok-1")", "null"}, {R"("EUR")", "null"}}),
                       signature));
  EXPECT_FALSE(Verifies(absl::StrReplaceAll(body_, {{R"("tok-1")", "{}"}, {R"("EUR")", "null"}}),
                        signature));
  EXPECT_FALSE(Verifies(absl::StrReplaceAll(body_, {{R"("tok-1")", "[]"}, {R"("EUR")", "null"}}),
                        signature));
}

TEST_F(ListedValuesProofTest, ChangedValuesOrSignaturesAreUnverified) {
  EXPECT_FALSE(Verifies(absl::StrReplaceAll(body_, {{"756850", "756851"}}), raw_));
  EXPECT_FALSE(Verifies(absl::StrReplaceAll(body_, {{"USD", "EUR"}}), raw_));
  EXPECT_FALSE(Verifies(body_, raw_ + "0"));
  EXPECT_FALSE(Verifies(body_, ""));
  // What is not listed is not covered.
  EXPECT_TRUE(Verifies(absl::StrReplaceAll(body_, {{"[1]", "2"}}), raw_));
}

TEST_F(ListedValuesProofTest, HeaderMustBeThereOnceOrAgree) {
  EXPECT_FALSE(Verifies(body_, MessageHeaders{}));
  EXPECT_FALSE(Verifies(body_, MessageHeaders{{"X-Other", raw_}}));
  EXPECT_TRUE(
      Verifies(body_, MessageHeaders{{"Gt-Authentication", raw_}, {"gt-authentication", raw_}}));
  EXPECT_FALSE(Verifies(
      body_, MessageHeaders{{"Gt-Authentication", raw_}, {"gt-authentication", shortest_}}));
}

TEST_F(ListedValuesProofTest, EitherVersionOfTheCredentialIsAccepted) {
  secrets_["merchant_secret"] = {Secret("NewKey"), Secret("MerchantSecretKey")};
  EXPECT_TRUE(Verifies(body_, raw_));
  secrets_["merchant_secret"] = {nullptr, Secret("MerchantSecretKey")};
  EXPECT_TRUE(Verifies(body_, raw_));
  secrets_["merchant_secret"] = {Secret("NewKey"), nullptr};
  EXPECT_FALSE(Verifies(body_, raw_));
  secrets_["merchant_secret"] = {Secret(""), nullptr};
  EXPECT_FALSE(Verifies(body_, raw_));
  secrets_.clear();
  EXPECT_FALSE(Verifies(body_, raw_));
}

TEST(SortedValuesProofTest, EitherVersionOfTheCredentialIsAccepted) {
  // The acknowledgement's vector.
  const std::string body =
      R"({"description":"Success","status":0,"timestamp":1700000005,"version":"1.1","sign":)"
      R"("ed5860a11a04c218720e79eb9acb032880d71cc1a6d4c6e8eec49f2f937192ef1376585a8263ffd1e5821b11)"
      R"(18abd8b3"})";
  const SortedValuesProof proof = {"sign", "secret"};
  EXPECT_TRUE(Verifies(proof, body, {}, {{"secret", {Secret("MerchantSecretKey"), nullptr}}}));
  EXPECT_TRUE(
      Verifies(proof, body, {}, {{"secret", {Secret("NewKey"), Secret("MerchantSecretKey")}}}));
  EXPECT_FALSE(Verifies(proof, body, {}, {{"secret", {Secret("NewKey"), nullptr}}}));
  EXPECT_FALSE(Verifies(proof, body, {}, {{"other", {Secret("MerchantSecretKey"), nullptr}}}));
  const SortedValuesProof other_field = {"signature", "secret"};
  EXPECT_FALSE(
      Verifies(other_field, body, {}, {{"secret", {Secret("MerchantSecretKey"), nullptr}}}));
}

class CanonicalHmacProofTest : public ::testing::Test {
 protected:
  CanonicalHmacProofTest() {
    proof_.canonical_template = "{method}\n{path}\n{timestamp}\n{nonce}\n{body_sha256_hex}";
    proof_.secret_name = "api_secret";
    proof_.signature_header = "X-Sign";
    proof_.timestamp_header = "X-Time";
    proof_.nonce_header = "X-Nonce";
  }

  bool Verifies(MessageHeaders headers) const {
    return ::cardvault::Verifies(proof_, body_, std::move(headers), secrets_);
  }

  CanonicalHmacProof proof_;
  RouteSecrets secrets_ = {{"api_secret", {Secret("ApiSecret-1"), Secret("ApiSecret-0")}}};
  std::string body_ = R"({"payment_id":"p-1","status":"success"})";
  // python3: base64.b64encode(hmac.new(secret, canonical, hashlib.sha256).digest())
  const std::string signature_ = "SR9aoBqT4JKzWuo+tLoF5JPo8L6qcY4324bCjM24tPw=";
  const std::string signature_by_previous_ = "KUkrsrzdu6uAAjLK6YkzNV+Gl0mj1vjO/zP3SSfc8V4=";
};

TEST_F(CanonicalHmacProofTest, CoversTheBytesAndWhatTheHeadersSay) {
  EXPECT_TRUE(Verifies({{"x-sign", signature_}, {"x-time", "1700000000123"}, {"x-nonce", "abc"}}));
  EXPECT_FALSE(Verifies({{"x-sign", signature_}, {"x-time", "1700000000124"}, {"x-nonce", "abc"}}));
  EXPECT_FALSE(Verifies({{"x-sign", signature_}, {"x-time", "1700000000123"}, {"x-nonce", "abd"}}));
  body_ += " ";  // means the same
  EXPECT_FALSE(Verifies({{"x-sign", signature_}, {"x-time", "1700000000123"}, {"x-nonce", "abc"}}));
}

TEST_F(CanonicalHmacProofTest, EveryHeaderThatItNamesMustBeThere) {
  EXPECT_FALSE(Verifies({{"X-Time", "1700000000123"}, {"X-Nonce", "abc"}}));
  EXPECT_FALSE(Verifies({{"X-Sign", signature_}, {"X-Nonce", "abc"}}));
  EXPECT_FALSE(Verifies({{"X-Sign", signature_}, {"X-Time", "1700000000123"}}));
  EXPECT_FALSE(Verifies({{"X-Sign", signature_},
                         {"X-Time", "1700000000123"},
                         {"X-Nonce", "abc"},
                         {"X-Nonce", "abd"}}));
}

TEST_F(CanonicalHmacProofTest, EitherVersionOfTheCredentialIsAccepted) {
  const MessageHeaders headers = {
      {"X-Sign", signature_by_previous_}, {"X-Time", "1700000000123"}, {"X-Nonce", "abc"}};
  EXPECT_TRUE(Verifies(headers));
  secrets_["api_secret"].previous = nullptr;
  EXPECT_FALSE(Verifies(headers));
}

TEST_F(CanonicalHmacProofTest, TakesEveryHashOutputAndSecretEncoding) {
  proof_.canonical_template = "{body}";
  proof_.hash = SignatureHash::kSha512;
  proof_.output = SignatureEncoding::kHex;
  proof_.secret_encoding = SecretEncoding::kHex;
  proof_.timestamp_header.clear();
  proof_.nonce_header.clear();
  secrets_["api_secret"] = {Secret("00ff10a5"), nullptr};
  // python3: hmac.new(bytes.fromhex("00ff10a5"), body, hashlib.sha512).hexdigest()
  EXPECT_TRUE(
      Verifies({{"X-Sign",
                 "c67f5f96c0cb00528caf010d89b70a8f3aa5677375fc5ce6fc01054b35d3bb47841a0554f20a0222"
                 "48df812ca68147b8fc25a984b201fbd480415f51fec47514"}}));
  proof_.canonical_template = "{key_id}|{wallet_uid}|{host}|{body}";
  proof_.hash = SignatureHash::kSha256;
  proof_.output = SignatureEncoding::kBase64Url;
  proof_.secret_encoding = SecretEncoding::kUtf8;
  proof_.key_id = "key-1";
  proof_.wallet_uid = "wallet-1";
  secrets_["api_secret"] = {Secret("ApiSecret-1"), nullptr};
  EXPECT_TRUE(Verifies({{"X-Sign", "_SJ673heVAq6_tRKdOFYa4JZ_WdflzKD_7jFN7zYFOU="}}));
}

TEST(NoProofTest, IsNeverRight) { EXPECT_FALSE(Verifies(NoProof(), "{}", {{"X-Sign", "a"}}, {})); }

TEST(HeadersOfProofTest, NamesWhatTheProofReads) {
  EXPECT_THAT(HeadersOfProof(NoProof()), IsEmpty());
  EXPECT_THAT(HeadersOfProof(SortedValuesProof()), IsEmpty());
  EXPECT_THAT(HeadersOfProof(ListedValuesProof{"A", {}, "s"}), ElementsAre("A"));
  CanonicalHmacProof proof;
  proof.signature_header = "S";
  proof.nonce_header = "N";
  EXPECT_THAT(HeadersOfProof(proof), ElementsAre("S", "N"));
}

}  // namespace
}  // namespace cardvault
