#include "forwarder/route_limits_reader.h"

#include <cstdint>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "forwarder/route.h"
#include "forwarder/testing/route_documents.h"
#include "forwarder/testing/route_mistakes.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr char kSection[] = R"(limits:
  amounts:
    USD: {min: 100, max: 500000}
    KRW: {min: 1000}
    BHD: {max: 20}
  payments_per_minute: 600
)";
constexpr int kFirstLine = 13;  // of the section, behind the H2H document

std::string Document() { return absl::StrCat(kH2hRouteDocument, kSection); }

TEST(RouteLimitsReaderTest, ReadsEveryKey) {
  const ParsedRoute parsed = ParseRoute(Document());
  ASSERT_THAT(parsed.mistakes, IsEmpty());
  const RouteLimits& limits = parsed.route->limits;
  ASSERT_EQ(limits.amounts.size(), 3u);
  EXPECT_EQ(limits.amounts.at("USD").min, 100);
  EXPECT_EQ(limits.amounts.at("USD").max, 500000);
  EXPECT_EQ(limits.amounts.at("KRW").min, 1000);
  EXPECT_EQ(limits.amounts.at("KRW").max, std::numeric_limits<int64_t>::max());
  EXPECT_EQ(limits.amounts.at("BHD").min, 1);
  EXPECT_EQ(limits.amounts.at("BHD").max, 20);
  EXPECT_EQ(limits.payments_per_minute, 600);
}

TEST(RouteLimitsReaderTest, WithoutTheSectionNothingIsLimited) {
  const ParsedRoute parsed = ParseRoute(kPraxisRouteDocument);
  ASSERT_THAT(parsed.mistakes, IsEmpty());
  EXPECT_THAT(parsed.route->limits.amounts, IsEmpty());
  EXPECT_FALSE(parsed.route->limits.payments_per_minute.has_value());
}

TEST(RouteLimitsReaderTest, AmountsHaveTheirLimits) {
  const std::string doc = Document();
  EXPECT_THAT(MistakesOf(Changed(doc, "min: 100,", "min: 500000,")), IsEmpty());
  EXPECT_THAT(MistakesOf(Changed(doc, "{max: 20}", "{max: 99999999999}")), IsEmpty());
  ExpectMistake(doc, "min: 100,", "min: 500001,", kFirstLine + 2, "limits.amounts.USD.max",
                "below the smallest");
  ExpectMistake(doc, "min: 100,", "min: 0,", kFirstLine + 2, "limits.amounts.USD.min",
                "outside its limits");
  ExpectMistake(doc, "{max: 20}", "{max: 0}", kFirstLine + 4, "limits.amounts.BHD.max",
                "outside its limits");
  ExpectMistake(doc, "{max: 20}", "{max: 100000000000}", kFirstLine + 4, "limits.amounts.BHD.max",
                "outside its limits");
  for (const char* strange : {"-5", "+5", "0100", "0x10", "1e3", "1.99", "'5'", "[5]", "many"}) {
    ExpectMistake(doc, "min: 100,", absl::StrCat("min: ", strange, ","), kFirstLine + 2,
                  "limits.amounts.USD.min", "plain decimal digits");
  }
}

TEST(RouteLimitsReaderTest, ACurrencyMustBeTheRoutesAndAMapping) {
  const std::string doc = Document();
  ExpectMistake(doc, "    USD: {", "    GBP: {", kFirstLine + 2, "limits.amounts.GBP",
                "does not list this currency");
  ExpectMistake(doc, "{max: 20}", "20", kFirstLine + 4, "limits.amounts.BHD", "must be a mapping");
  ExpectMistake(doc, "{max: 20}", "{maximum: 20}", kFirstLine + 4, "limits.amounts.BHD.maximum",
                "no such key");
}

// One mistake about a currency is enough.
TEST(RouteLimitsReaderTest, ACurrencyWithAMistakeCountsAsListed) {
  EXPECT_THAT(MistakesOf(Changed(Document(), "BHD: 3", "BHD: 9")),
              ElementsAre(Mistake(6, "currencies.BHD", "0 to 4")));
}

TEST(RouteLimitsReaderTest, TheCapHasItsLimits) {
  const std::string doc = Document();
  const char* stated = "payments_per_minute: 600";
  for (const char* good : {"payments_per_minute: 1", "payments_per_minute: 100000"}) {
    EXPECT_THAT(MistakesOf(Changed(doc, stated, good)), IsEmpty()) << good;
  }
  for (const char* outside : {"payments_per_minute: 0", "payments_per_minute: 100001"}) {
    ExpectMistake(doc, stated, outside, kFirstLine + 5, "limits.payments_per_minute",
                  "outside its limits");
  }
  ExpectMistake(doc, stated, "payments_per_minute: none", kFirstLine + 5,
                "limits.payments_per_minute", "plain decimal digits");
}

TEST(RouteLimitsReaderTest, AllMistakesAreReported) {
  EXPECT_THAT(MistakesOf(absl::StrCat(kH2hRouteDocument,
                                      "limits:\n  amounts: {GBP: {min: 0}, USD: {min: 2, max: 1}}\n"
                                      "  payments_per_minute: 0\n  payments_per_hour: 5\n")),
              UnorderedElementsAre(Mistake(14, "limits.amounts.GBP", "does not list"),
                                   Mistake(14, "limits.amounts.GBP.min", "outside"),
                                   Mistake(14, "limits.amounts.USD.max", "below"),
                                   Mistake(15, "limits.payments_per_minute", "outside"),
                                   Mistake(16, "limits.payments_per_hour", "no such key")));
  EXPECT_THAT(MistakesOf(absl::StrCat(kH2hRouteDocument, "limits: {amounts: [USD]}\n")),
              ElementsAre(Mistake(kFirstLine, "limits.amounts", "must be a mapping")));
}

}  // namespace
}  // namespace cardvault
