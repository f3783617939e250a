#include "forwarder/praxis/praxis13_settings.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "forwarder/route.h"
#include "forwarder/testing/route_documents.h"
#include "forwarder/testing/route_mistakes.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// What every list has to name.
constexpr char kProved[] = "transaction.tid, transaction.transaction_status";
constexpr char kProfile[] = "  profile: \"1.3\"\n";

// What is added stands on line 11.
void ExpectAdded(const std::string& added, const char* key, const char* problem) {
  ExpectMistake(kPraxis13RouteDocument, "  application_key: Sandbox\n",
                absl::StrCat("  application_key: Sandbox\n  ", added, "\n"), 11, key, problem);
}

TEST(Praxis13SettingsTest, DefaultsAreTheDocumentedOnes) {
  const ParsedRoute parsed = ParseRoute(kPraxis13RouteDocument);
  ASSERT_THAT(parsed.mistakes, IsEmpty());
  const auto* settings = dynamic_cast<const Praxis13Settings*>(parsed.route->settings.get());
  ASSERT_NE(settings, nullptr);
  EXPECT_EQ(settings->merchant_id, "Test-Integration-Merchant");
  EXPECT_EQ(settings->application_key, "Sandbox");
  EXPECT_EQ(settings->gateway, "gw-hash");
  EXPECT_EQ(settings->locale, "en-GB");
  EXPECT_EQ(settings->card_fields.number, "card_number");
  EXPECT_EQ(settings->card_fields.expiry, "exp");
  EXPECT_EQ(settings->card_fields.cvv, "cvv");
  EXPECT_EQ(settings->direct_process_path, "/api/direct-process");
  EXPECT_EQ(settings->refund_path, "/direct/refund");
  EXPECT_EQ(settings->find_order_path, "/agent/find-order");
  EXPECT_EQ(settings->not_found_description, "");
  EXPECT_THAT(settings->find_order_values, ElementsAre("status", "timestamp", "transaction.tid",
                                                       "transaction.transaction_status"));
  // What the vendor does not publish.
  EXPECT_THAT(settings->answer_values, IsEmpty());
  EXPECT_THAT(settings->refund_values, IsEmpty());
  EXPECT_THAT(settings->refund_answer_values, IsEmpty());
}

TEST(Praxis13SettingsTest, EveryKeyIsRead) {
  const ParsedRoute parsed = ParseRoute(absl::StrCat(kPraxis13RouteDocument,
                                                     R"(  locale: de-DE
  card_fields: {number: n, expiry: e, cvv: c}
  not_found_description: No such order.
  paths: {direct_process: /d, refund: /r, find_order: /f}
  answer_values: [a, session.order_id, transaction.transaction_status]
  refund_values: [reference_id, amount]
  refund_answer_values: [transaction.transaction_status, transaction.tid]
)"));
  ASSERT_THAT(parsed.mistakes, IsEmpty());
  const auto& settings = dynamic_cast<const Praxis13Settings&>(*parsed.route->settings);
  EXPECT_EQ(settings.locale, "de-DE");
  EXPECT_EQ(settings.card_fields.number, "n");
  EXPECT_EQ(settings.card_fields.expiry, "e");
  EXPECT_EQ(settings.card_fields.cvv, "c");
  EXPECT_EQ(settings.direct_process_path, "/d");
  EXPECT_EQ(settings.refund_path, "/r");
  EXPECT_EQ(settings.find_order_path, "/f");
  EXPECT_EQ(settings.not_found_description, "No such order.");
  EXPECT_THAT(settings.answer_values,
              ElementsAre("a", "session.order_id", "transaction.transaction_status"));
  EXPECT_THAT(settings.refund_values, ElementsAre("reference_id", "amount"));
  EXPECT_THAT(settings.refund_answer_values,
              ElementsAre("transaction.transaction_status", "transaction.tid"));
}

TEST(Praxis13SettingsTest, MissingKeys) {
  const char* doc = kPraxis13RouteDocument;
  ExpectMistake(doc, "  merchant_id: Test-Integration-Merchant\n", "", 7, "praxis.merchant_id",
                "missing");
  ExpectMistake(doc, "  application_key: Sandbox\n", "", 7, "praxis.application_key", "missing");
  ExpectMistake(doc, "  gateway: gw-hash\n", "", 7, "praxis.gateway", "missing");
  ExpectMistake(doc, "  find_order_values:", "  answer_values:", 7, "praxis.find_order_values",
                "missing");
}

TEST(Praxis13SettingsTest, LimitsAndForms) {
  const char* doc = kPraxis13RouteDocument;
  ExpectMistake(doc, "Test-Integration-Merchant", std::string(51, 'x'), 9, "praxis.merchant_id",
                "too long");
  ExpectMistake(doc, "Sandbox", std::string(257, 'x'), 10, "praxis.application_key", "too long");
  ExpectMistake(doc, "gw-hash", std::string(257, 'x'), 11, "praxis.gateway", "too long");
  ExpectMistake(doc, "cvv: required", "cvv: optional", 5, "cvv", "needs the code");
  EXPECT_THAT(MistakesOf(Changed(doc, "\"1.3\"", "\"1.2\"")),
              Contains(Mistake(8, "praxis.profile", "none of the words")));
  ExpectAdded("locale: en GB", "praxis.locale", "language tag");
  ExpectAdded("card_fields: {number: card.number}", "praxis.card_fields.number", "letters");
  ExpectAdded("card_fields: {nummer: n}", "praxis.card_fields.nummer", "no such key");
  for (const char* same : {"number: exp", "number: cvv", "expiry: cvv"}) {
    ExpectAdded(absl::StrCat("card_fields: {", same, "}"), "praxis.card_fields",
                "three different names");
  }
  for (const char* path : {"direct_process", "refund", "find_order"}) {
    ExpectAdded(absl::StrCat("paths: {", path, ": none}"),
                absl::StrCat("praxis.paths.", path).c_str(), "slash");
  }
}

TEST(Praxis13SettingsTest, ListsOfValues) {
  ExpectAdded("answer_values: []", "praxis.answer_values", "at least one");
  ExpectAdded("answer_values: status", "praxis.answer_values", "list");
  for (const char* bad : {".a", "a.", "a..b", "\"a b\"", "a/b"}) {
    ExpectAdded(absl::StrCat("answer_values: [", kProved, ", ", bad, "]"), "praxis.answer_values",
                "dot between");
    ExpectAdded(
        absl::StrCat("refund_answer_values: [", kProved, ", ", bad, "]\n  refund_values: [amount]"),
        "praxis.refund_answer_values", "dot between");
  }
  ExpectAdded(absl::StrCat("answer_values: [", kProved, ", a, a]"), "praxis.answer_values",
              "twice");
  std::string many = "answer_values: [a0";
  for (int i = 1; i <= 32; ++i) absl::StrAppend(&many, ", a", i);
  ExpectAdded(many + "]", "praxis.answer_values", "too long");
  // A value that is not in the body would be left out of the signature.
  for (const char* bad : {"tid", "card_data.card_number", "gateway"}) {
    ExpectAdded(absl::StrCat("refund_values: [amount, ", bad, "]"), "praxis.refund_values",
                "no such member");
  }
  ExpectAdded(absl::StrCat("refund_answer_values: [", kProved, "]"), "praxis.refund_answer_values",
              "without refund_values");
}

// What is not signed is not proved: an answer's status, and whose it is.
TEST(Praxis13SettingsTest, ListsThatProveAnAnswerCoverWhatIsBelieved) {
  for (const char* list :
       {"[timestamp]", "[transaction.transaction_status]", "[transaction.tid]",
        "[session.order_id, transaction.tid, status]", "[tid, transaction.transaction_status]"}) {
    ExpectAdded(absl::StrCat("answer_values: ", list), "praxis.answer_values", "must name");
    ExpectAdded(absl::StrCat("refund_answer_values: ", list, "\n  refund_values: [amount]"),
                "praxis.refund_answer_values", "must name");
    ExpectMistake(kPraxis13RouteDocument,
                  "[status, timestamp, transaction.tid, transaction.transaction_status]", list, 12,
                  "praxis.find_order_values", "must name");
  }
  EXPECT_THAT(MistakesOf(Changed(kPraxis13RouteDocument, "transaction.tid", "session.order_id")),
              IsEmpty());
}

TEST(Praxis13SettingsTest, KeysOfTheOtherProfileAreMistakes) {
  ExpectAdded("frontend: x", "praxis.frontend", "no such key");
  ExpectAdded("version: \"1.3\"", "praxis.version", "no such key");
  ExpectAdded("payout_word: payout", "praxis.payout_word", "no such key");
  ExpectAdded("refund_id: trace_id", "praxis.refund_id", "no such key");
  ExpectAdded("paths: {process: /p}", "praxis.paths.process", "no such key");
  ExpectAdded("paths: {find_transaction: /p}", "praxis.paths.find_transaction", "no such key");
  // Not called, so not configured.
  ExpectAdded("paths: {manage_transaction: /p}", "praxis.paths.manage_transaction", "no such key");
  ExpectAdded("merchant_secret: x", "praxis.merchant_secret", "cardvault route credential set");
  EXPECT_THAT(MistakesOf(Changed(kPraxis13RouteDocument, kProfile, "")),
              UnorderedElementsAre(Mistake(7, "praxis.frontend", "missing"),
                                   Mistake(9, "praxis.application_key", "no such key"),
                                   Mistake(10, "praxis.gateway", "no such key"),
                                   Mistake(11, "praxis.find_order_values", "no such key")));
  EXPECT_THAT(
      MistakesOf(Changed(kPraxisRouteDocument, "  frontend:", "  profile: \"1.1\"\n  frontend:")),
      IsEmpty());
}

}  // namespace
}  // namespace cardvault
