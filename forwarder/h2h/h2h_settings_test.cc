#include "forwarder/h2h/h2h_settings.h"

#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "forwarder/connector_registry.h"
#include "forwarder/route.h"
#include "forwarder/testing/route_documents.h"
#include "forwarder/testing/route_mistakes.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Stands on line 13.
std::string WithNotification(const std::string& keys) {
  return absl::StrCat(kH2hRouteDocument, "  notification: {signature_header: X-Sig, ", keys, "}\n");
}

void ExpectNotificationMistake(const std::string& keys, const char* key, const char* problem) {
  SCOPED_TRACE(keys);
  EXPECT_THAT(MistakesOf(WithNotification(keys)), ElementsAre(Mistake(13, key, problem)));
}

CanonicalHmacProof ProofOf(const std::string& document) {
  const ParsedRoute parsed = ParseRoute(document);
  EXPECT_THAT(parsed.mistakes, IsEmpty());
  const auto& settings = dynamic_cast<const H2hSettings&>(*parsed.route->settings);
  return std::get<CanonicalHmacProof>(settings.notification_proof);
}

std::vector<std::string> CredentialsOf(const std::string& document) {
  const ParsedRoute parsed = ParseRoute(document);
  EXPECT_THAT(parsed.mistakes, IsEmpty());
  return FindConnector("h2h")->CredentialNames(*parsed.route->settings);
}

TEST(H2hSettingsTest, WithoutANotificationSectionThereIsNoProof) {
  const ParsedRoute parsed = ParseRoute(kH2hRouteDocument);
  ASSERT_THAT(parsed.mistakes, IsEmpty());
  const auto& settings = dynamic_cast<const H2hSettings&>(*parsed.route->settings);
  EXPECT_TRUE(std::holds_alternative<NoProof>(settings.notification_proof));
  EXPECT_EQ(settings.not_found_code, "");
}

TEST(H2hSettingsTest, TheNotificationSectionIsRead) {
  const CanonicalHmacProof proof = ProofOf(WithNotification(
      "canonical: \"{timestamp}|{nonce}|{body}\", timestamp_header: X-Time, nonce_header: X-Nonce, "
      "hash: sha512, output: hex, secret_encoding: base64, secret_name: callback_secret"));
  EXPECT_EQ(proof.canonical_template, "{timestamp}|{nonce}|{body}");
  EXPECT_EQ(proof.signature_header, "X-Sig");
  EXPECT_EQ(proof.timestamp_header, "X-Time");
  EXPECT_EQ(proof.nonce_header, "X-Nonce");
  EXPECT_EQ(proof.secret_name, "callback_secret");
  EXPECT_EQ(proof.key_id, "key-1");
}

TEST(H2hSettingsTest, AProofOfNotificationsIsOverTheirBody) {
  for (const char* body : {"{body}", "{body_sha256_hex}", "{body_sha256_base64}"}) {
    EXPECT_EQ(
        ProofOf(WithNotification(absl::StrCat("canonical: \"", body, "\""))).canonical_template,
        body);
  }
  for (const char* other : {"{timestamp}|{nonce}", "{method}|{path}|{host}", "body|{key_id}"}) {
    ExpectNotificationMistake(absl::StrCat("canonical: \"", other, "\""),
                              "h2h.notification.canonical", "every body");
  }
}

// Else an old one could be sent again under today's time.
TEST(H2hSettingsTest, ATimeThatIsBelievedIsSigned) {
  ExpectNotificationMistake("canonical: \"{nonce}|{body}\", timestamp_header: X-Time",
                            "h2h.notification.timestamp_header", "{timestamp}");
}

TEST(H2hSettingsTest, CredentialsAreThoseOfRequestsAndOfNotifications) {
  EXPECT_THAT(CredentialsOf(kH2hRouteDocument), ElementsAre("api_secret"));
  EXPECT_THAT(CredentialsOf(WithNotification("canonical: \"{body}\"")), ElementsAre("api_secret"));
  EXPECT_THAT(
      CredentialsOf(WithNotification("canonical: \"{body}\", secret_name: callback_secret")),
      ElementsAre("api_secret", "callback_secret"));
}

}  // namespace
}  // namespace cardvault
