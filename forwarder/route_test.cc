#include "forwarder/route.h"

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "card/test_pans.h"
#include "forwarder/h2h/h2h_settings.h"
#include "forwarder/praxis/praxis_settings.h"
#include "forwarder/route_section.h"
#include "forwarder/testing/route_documents.h"
#include "forwarder/testing/route_mistakes.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cardvault {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr char kWholeDocument[] = R"(# Everything that a route can say.
name: cards-eu
connector: h2h
base_url: https://stage.gateway.example:8443/gate
ca_file: /etc/cardvault/gateway-ca.pem
pinned_public_key: sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
allow_private_addresses: true
clock_offset: -2s
timeouts: {connect: 3s, total: 20s}
owners:
  - shop
  - "shop:2"
cvv: never
currencies:
  USD: 2
  KRW: default
  BHD: 0
h2h:
  wallet_uid: wallet-1
  key_id: key-1
  cascade_id: {payin: cascade-in, payout: cascade-out}
  paths: {payin: /in, payout: /out, status: /state}
  signing:
    canonical: "{timestamp}|{nonce}|{body}"
    hash: sha512
    output: hex
    secret_encoding: base64
    secret_name: gate_secret
)";

TEST(RouteTest, ParsesEveryKey) {
  const ParsedRoute parsed = ParseRoute(kWholeDocument);
  ASSERT_THAT(parsed.mistakes, IsEmpty());
  const Route& route = *parsed.route;
  EXPECT_EQ(route.name.value(), "cards-eu");
  EXPECT_EQ(route.connector, "h2h");
  EXPECT_EQ(route.document, kWholeDocument);
  EXPECT_EQ(route.transport.base_url, "https://stage.gateway.example:8443/gate");
  EXPECT_EQ(route.transport.ca_file, "/etc/cardvault/gateway-ca.pem");
  EXPECT_EQ(route.transport.pinned_public_key.size(), 52u);
  EXPECT_TRUE(route.transport.allow_private_addresses);
  EXPECT_EQ(route.transport.clock_offset, absl::Seconds(-2));
  EXPECT_EQ(route.transport.connect_timeout, absl::Seconds(3));
  EXPECT_EQ(route.transport.total_timeout, absl::Seconds(20));
  ASSERT_THAT(route.owners, SizeIs(2));
  EXPECT_EQ(route.owners[1].value(), "shop:2");
  EXPECT_EQ(route.cvv, CvvRule::kNever);
  EXPECT_EQ(route.currencies, (std::map<std::string, int>{{"USD", 2}, {"KRW", 0}, {"BHD", 0}}));
  const auto& settings = static_cast<const H2hSettings&>(*route.settings);
  EXPECT_EQ(settings.payin_cascade_id, "cascade-in");
  EXPECT_EQ(settings.payout_cascade_id, "cascade-out");
  EXPECT_EQ(settings.payin_path, "/in");
  EXPECT_EQ(settings.payout_path, "/out");
  EXPECT_EQ(settings.status_path, "/state");
  EXPECT_EQ(settings.signer.wallet_uid, "wallet-1");
  EXPECT_EQ(settings.signer.key_id, "key-1");
  EXPECT_EQ(settings.signer.canonical_template, "{timestamp}|{nonce}|{body}");
  EXPECT_EQ(settings.signer.hash, SignatureHash::kSha512);
  EXPECT_EQ(settings.signer.output, SignatureEncoding::kHex);
  EXPECT_EQ(settings.signer.secret_encoding, SecretEncoding::kBase64);
  EXPECT_EQ(settings.signer.secret_name, "gate_secret");
}

TEST(RouteTest, DefaultsAreTheVendors) {
  const ParsedRoute h2h = ParseRoute(kH2hRouteDocument);
  ASSERT_THAT(h2h.mistakes, IsEmpty());
  EXPECT_EQ(h2h.route->transport.connect_timeout, absl::Seconds(5));
  EXPECT_EQ(h2h.route->transport.total_timeout, absl::Seconds(30));
  EXPECT_FALSE(h2h.route->transport.allow_private_addresses);
  EXPECT_EQ(h2h.route->currencies,
            (std::map<std::string, int>{{"USD", 2}, {"EUR", 2}, {"KRW", 0}, {"BHD", 3}}));
  const auto& settings = static_cast<const H2hSettings&>(*h2h.route->settings);
  EXPECT_EQ(settings.payin_path, "/api/payment/payin/card");
  EXPECT_EQ(settings.payout_path, "/api/payment/payout/card");
  EXPECT_EQ(settings.status_path, "/api/payment/status");
  EXPECT_EQ(settings.signer.canonical_template,
            "{method}\n{path}\n{timestamp}\n{nonce}\n{body_sha256_hex}");
  EXPECT_EQ(settings.signer.hash, SignatureHash::kSha256);
  EXPECT_EQ(settings.signer.output, SignatureEncoding::kBase64);
  EXPECT_EQ(settings.signer.secret_encoding, SecretEncoding::kUtf8);
  EXPECT_EQ(settings.signer.secret_name, "api_secret");

  const ParsedRoute praxis = ParseRoute(kPraxisRouteDocument);
  ASSERT_THAT(praxis.mistakes, IsEmpty());
  EXPECT_EQ(praxis.route->currencies,
            (std::map<std::string, int>{{"USD", 2}, {"JPY", 0}, {"BHD", 0}}));
  const auto& own = static_cast<const PraxisSettings&>(*praxis.route->settings);
  EXPECT_EQ(own.merchant_id, "Test-Integration-Merchant");
  EXPECT_EQ(own.frontend, "Integration TEST USD");
  EXPECT_EQ(own.version, "1.1");
  EXPECT_EQ(own.payout_word, "payout");
  EXPECT_EQ(own.process_path, "/api/process");
  EXPECT_EQ(own.find_order_path, "/api/find-order");
  EXPECT_EQ(own.find_transaction_path, "/api/find-transaction");
}

std::string FileText(const char* path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The examples of docs/formats/route.md and deploy/ are right as they stand there.
TEST(RouteTest, DocumentedExamplesParse) {
  const std::vector<std::string> parts =
      absl::StrSplit(FileText("docs/formats/route.md"), "```yaml\n");
  ASSERT_THAT(parts, SizeIs(4));
  for (size_t i = 1; i < parts.size(); ++i) {
    EXPECT_THAT(MistakesOf(parts[i].substr(0, parts[i].find("```"))), IsEmpty()) << parts[i];
  }
  EXPECT_THAT(MistakesOf(FileText("deploy/route.example.yaml")), IsEmpty());
}

TEST(RouteTest, PraxisExponentsThatTheVendorDoesNotTellMustBeStated) {
  for (const char* currency : {"JPY", "KRW", "VND", "CLP"}) {
    const std::string document =
        Changed(kPraxisRouteDocument, "JPY: default", absl::StrCat(currency, ": default"));
    const ParsedRoute parsed = ParseRoute(document);
    ASSERT_THAT(parsed.mistakes, IsEmpty()) << currency;
    EXPECT_EQ(parsed.route->currencies.at(currency), 0);
  }
  for (const char* currency : {"BHD", "IQD", "JOD", "LYD", "OMR", "TND", "KWD", "UGX"}) {
    const std::string line = absl::StrCat("{", currency, ": default}");
    ExpectMistake(kPraxisRouteDocument, "{USD: default, JPY: default, BHD: 0}", line, 6,
                  absl::StrCat("currencies.", currency).c_str(), "state the exponent");
  }
}

TEST(RouteTest, EveryMistakeHasItsLineAndKey) {
  const char* doc = kWholeDocument;
  ExpectMistake(doc, "name: cards-eu", "name: cards eu", 2, "name", "a name has");
  ExpectMistake(doc, "name: cards-eu", "name: [cards-eu]", 2, "name", "must be a text");
  ExpectMistake(doc, "name: cards-eu", "name: ''", 2, "name", "must not be empty");
  ExpectMistake(doc, "name: cards-eu", "name:", 2, "name", "must be a text");
  ExpectMistake(doc, "https://stage", "http://stage", 4, "base_url", "only https://");
  ExpectMistake(doc, "/etc/cardvault/", "", 5, "ca_file", "absolute path");
  ExpectMistake(doc, "sha256//", "sha1//", 6, "pinned_public_key", "a pin is");
  ExpectMistake(doc, "addresses: true", "addresses: yes", 7, "allow_private_addresses",
                "true or false");
  ExpectMistake(doc, "addresses: true", "addresses: \"true\"", 7, "allow_private_addresses",
                "true or false");
  ExpectMistake(doc, "clock_offset: -2s", "clock_offset: -2", 8, "clock_offset", "with its unit");
  ExpectMistake(doc, "clock_offset: -2s", "clock_offset: 61s", 8, "clock_offset", "limits");
  ExpectMistake(doc, "total: 20s", "total: 60s", 9, "timeouts.total", "limits");
  ExpectMistake(doc, "total: 20s", "total: 2s", 9, "timeouts.total", "shorter");
  ExpectMistake(doc, "connect: 3s", "connect: 0s", 9, "timeouts.connect", "limits");
  ExpectMistake(doc, "connect: 3s", "conect: 3s", 9, "timeouts.conect", "no such key");
  ExpectMistake(doc, "  - shop\n", "  - shop 1\n", 11, "owners", "a name has");
  ExpectMistake(doc, "\"shop:2\"", "shop", 12, "owners", "twice");
  ExpectMistake(doc, "cvv: never", "cvv: sometimes", 13, "cvv", "none of the words");
  ExpectMistake(doc, "  USD: 2", "  USX: 2", 15, "currencies.USX", "no ISO 4217");
  ExpectMistake(doc, "  USD: 2", "  USD: 5", 15, "currencies.USD", "0 to 4");
  ExpectMistake(doc, "  USD: 2", "  USD: -1", 15, "currencies.USD", "0 to 4");
  ExpectMistake(doc, "  USD: 2", "  USD: 02", 15, "currencies.USD", "0 to 4");
  ExpectMistake(doc, "  USD: 2", "  USD: two", 15, "currencies.USD", "0 to 4");
  ExpectMistake(doc, "  USD: 2", "  USD: [2]", 15, "currencies.USD", "plain word or number");
  ExpectMistake(doc, "  USD: 2", "  KRW: 0", 16, "currencies.KRW", "twice");
  ExpectMistake(doc, "wallet-1", "wallet 1", 19, "h2h.wallet_uid", "without spaces");
  ExpectMistake(doc, "  key_id: key-1\n", "", 18, "h2h.key_id", "missing");
  ExpectMistake(doc, "payin: cascade-in, ", "", 21, "h2h.cascade_id.payin", "missing");
  ExpectMistake(doc, "status: /state", "status: state", 22, "h2h.paths.status", "slash");
  ExpectMistake(doc, "{body}", "{bodi}", 24, "h2h.signing.canonical", "placeholder");
  ExpectMistake(doc, "|{nonce}|", "\\\\n{nonce}|", 24, "h2h.signing.canonical", "backslash");
  ExpectMistake(doc, "    canonical: \"{timestamp}|{nonce}|{body}\"\n", "", 23,
                "h2h.signing.canonical", "missing");
  ExpectMistake(doc, "sha512", "sha1", 25, "h2h.signing.hash", "none of the words");
  ExpectMistake(doc, "output: hex", "output: HEX", 26, "h2h.signing.output", "none of the words");
  ExpectMistake(doc, "secret_name: gate_secret", "secret_name: gate secret", 28,
                "h2h.signing.secret_name", "a name has");
  ExpectMistake(doc, "ca_file:", "cafile:", 5, "cafile", "no such key");
  ExpectMistake(doc, "wallet-1", "\"wallet\\x01\"", 19, "h2h.wallet_uid", "control character");
}

TEST(RouteTest, PraxisMistakes) {
  const char* doc = kPraxisRouteDocument;
  ExpectMistake(doc, "cvv: required", "cvv: optional", 5, "cvv", "needs the code");
  ExpectMistake(doc, "merchant_id: Test-Integration-Merchant",
                absl::StrCat("merchant_id: ", std::string(51, 'x')), 8, "praxis.merchant_id",
                "too long");
  ExpectMistake(doc, "frontend: Integration TEST USD",
                absl::StrCat("frontend: ", std::string(257, 'x')), 9, "praxis.frontend",
                "too long");
  ExpectMistake(doc, "  frontend:", "  version: '1.3'\n  frontend:", 9, "praxis.version",
                "only \"1.1\"");
  ExpectMistake(doc, "  frontend:", "  payout_word: refund\n  frontend:", 9, "praxis.payout_word",
                "something else");
  ExpectMistake(doc, "  frontend:", "  payout_word: ninechars\n  frontend:", 9,
                "praxis.payout_word", "too long");
}

// Secrets are sealed in the store, never in a document that is shown and compared.
TEST(RouteTest, CredentialsInTheDocumentAreAMistakeWithAHint) {
  ExpectMistake(kH2hRouteDocument, "  key_id: key-1", "  key_id: key-1\n  api_secret: x", 10,
                "h2h.api_secret", "cardvault route credential set");
  ExpectMistake(kPraxisRouteDocument, "  frontend:", "  merchant_secret: x\n  frontend:", 9,
                "praxis.merchant_secret", "cardvault route credential set");
  ExpectMistake(kPraxisRouteDocument, "cvv: required", "cvv: required\npassword: x", 6, "password",
                "cardvault route credential set");
}

TEST(RouteTest, UnknownConnectorAndAnothersSection) {
  EXPECT_THAT(MistakesOf(Changed(kH2hRouteDocument, "connector: h2h", "connector: wire")),
              ElementsAre(Mistake(2, "connector", "none of the words")));
  EXPECT_THAT(MistakesOf(Changed(kH2hRouteDocument, "connector: h2h", "connector: praxis")),
              UnorderedElementsAre(
                  Mistake(1, "praxis", "missing"), Mistake(1, "praxis.merchant_id", "missing"),
                  Mistake(1, "praxis.frontend", "missing"),
                  Mistake(7, "h2h", "another connector's"), Mistake(5, "cvv", "needs the code")));
}

TEST(RouteTest, AllMistakesAreReported) {
  EXPECT_THAT(
      MistakesOf("name: x\nconnector: h2h\n"),
      UnorderedElementsAre(
          Mistake(1, "base_url", "missing"), Mistake(1, "owners", "missing"),
          Mistake(1, "cvv", "missing"), Mistake(1, "currencies", "missing"),
          Mistake(1, "h2h", "missing"), Mistake(1, "h2h.wallet_uid", "missing"),
          Mistake(1, "h2h.key_id", "missing"), Mistake(1, "h2h.cascade_id", "missing"),
          Mistake(1, "h2h.cascade_id.payin", "missing"), Mistake(1, "h2h.signing", "missing"),
          Mistake(1, "h2h.signing.canonical", "missing")));
  std::string many = kPraxisRouteDocument;
  for (int i = 0; i < 300; ++i) absl::StrAppend(&many, "unknown", i, ": 1\n");
  EXPECT_THAT(ParseRoute(many).mistakes, SizeIs(kMaxRouteMistakes));
}

TEST(RouteTest, DocumentsThatAreNone) {
  EXPECT_THAT(MistakesOf(""), ElementsAre(Mistake(0, "", "one mapping")));
  EXPECT_THAT(MistakesOf("- a\n- b\n"), ElementsAre(Mistake(0, "", "one mapping")));
  EXPECT_THAT(MistakesOf("just words"), ElementsAre(Mistake(0, "", "one mapping")));
  EXPECT_THAT(MistakesOf("a: 1\n---\nb: 2\n"), ElementsAre(Mistake(0, "", "one mapping")));
  EXPECT_THAT(MistakesOf("name: x\n  bad: [1\n"), ElementsAre(Mistake(2, "", "not YAML")));
  EXPECT_THAT(MistakesOf("name: \xff"), ElementsAre(Mistake(0, "", "not UTF-8")));
  EXPECT_THAT(MistakesOf(std::string("name: x\0", 8)), ElementsAre(Mistake(0, "", "not UTF-8")));
  for (const char* control : {"\x1b", "\x7f", "\xc2\x9b"}) {
    EXPECT_THAT(MistakesOf(absl::StrCat(kH2hRouteDocument, "# ", control, "[2J\n")),
                ElementsAre(Mistake(0, "", "control character")));
  }
  EXPECT_THAT(MistakesOf(absl::StrCat(kH2hRouteDocument, "# \t\xc3\xa9\xc2\xa0\r\n")), IsEmpty());
  EXPECT_THAT(MistakesOf(std::string(kMaxRouteDocumentSize + 1, '#')),
              ElementsAre(Mistake(0, "", "larger than 64 KiB")));
  EXPECT_THAT(MistakesOf("owners: []\ncurrencies: {}\n"),
              ::testing::IsSupersetOf({Mistake(1, "owners", "at least one"),
                                       Mistake(2, "currencies", "at least one")}));
}

// Promise 1: no document holds a card number, and no mistake repeats what stood there.
TEST(RouteTest, CardNumbersAreRefusedAndNotRepeated) {
  const std::string pan(kVisaTestPan);
  std::string escaped;
  for (const char digit : pan) absl::StrAppend(&escaped, "\\x3", std::string(1, digit));
  const std::vector<std::string> documents = {
      absl::StrCat(kPraxisRouteDocument, "# ", pan, "\n"),
      absl::StrCat(kPraxisRouteDocument, pan, ": 1\n"),
      absl::StrCat(kPraxisRouteDocument, "\"", escaped, "\": 1\n"),
      Changed(kPraxisRouteDocument, "Integration TEST USD", absl::StrCat("\"", escaped, "\"")),
  };
  for (const std::string& document : documents) {
    const std::vector<RouteMistake> mistakes = MistakesOf(document);
    ASSERT_THAT(mistakes, SizeIs(1)) << document;
    EXPECT_EQ(mistakes[0].key.find(pan), std::string::npos);
  }
}

TEST(RouteTest, StrangeKeysAreNotRepeated) {
  const auto mistakes = MistakesOf(absl::StrCat(kPraxisRouteDocument, "\"a b\": 1\n? [1, 2]\n: 3\n",
                                                std::string(65, 'k'), ": 1\n"));
  EXPECT_THAT(mistakes,
              UnorderedElementsAre(Mistake(10, "?", "no such key"), Mistake(11, "", "plain word"),
                                   Mistake(13, "?", "no such key")));
}

// Two routes to one account are told from two accounts, however the address is written.
TEST(RouteTest, AccountIsTheAddressAndTheVendorsNames) {
  const auto account = [](const char* document, const std::string& from, const std::string& to) {
    const ParsedRoute parsed = ParseRoute(absl::StrReplaceAll(document, {{from, to}}));
    return parsed.route == nullptr ? std::string() : parsed.route->account;
  };
  const std::string h2h = account(kH2hRouteDocument, "", "");
  ASSERT_EQ(h2h.size(), 16u);
  EXPECT_EQ(account(kH2hRouteDocument, "stage.gateway.example", "Stage.Gateway.example:443"), h2h);
  EXPECT_EQ(account(kH2hRouteDocument, "key-1", "key-2"), h2h);
  EXPECT_EQ(account(kH2hRouteDocument, "name: cards-h2h", "name: other"), h2h);
  EXPECT_NE(account(kH2hRouteDocument, "wallet-1", "wallet-2"), h2h);
  EXPECT_NE(account(kH2hRouteDocument, "stage.gateway", "live.gateway"), h2h);
  const std::string praxis = account(kPraxisRouteDocument, "", "");
  EXPECT_NE(account(kPraxisRouteDocument, "TEST USD", "TEST EUR"), praxis);
  EXPECT_NE(account(kPraxisRouteDocument, "Integration-Merchant", "Other-Merchant"), praxis);
  const std::string praxis13 = account(kPraxis13RouteDocument, "", "");
  EXPECT_NE(praxis13, praxis);
  EXPECT_NE(account(kPraxis13RouteDocument, "application_key: Sandbox", "application_key: Live"),
            praxis13);
}

}  // namespace
}  // namespace cardvault
