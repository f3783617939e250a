#include "forwarder/reconcile_reader.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "forwarder/route.h"
#include "forwarder/testing/route_documents.h"
#include "forwarder/testing/route_mistakes.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kSection[] = R"(reconcile:
  in_doubt_after: 1s
  pending_after: 2s
  max_interval: 3s
  not_found_after: 4s
  not_found_interval: 5s
  review_after: 6s
)";
constexpr int kFirstLine = 13;  // of the section, behind the H2H document

std::string Document() { return absl::StrCat(kH2hRouteDocument, kSection); }

ReconcileSettings SettingsOf(absl::string_view document) {
  const ParsedRoute parsed = ParseRoute(document);
  EXPECT_THAT(parsed.mistakes, IsEmpty());
  return parsed.route == nullptr ? ReconcileSettings() : parsed.route->reconcile;
}

TEST(ReconcileReaderTest, ReadsEveryKey) {
  const ReconcileSettings settings = SettingsOf(Document());
  EXPECT_EQ(settings.in_doubt_after, absl::Seconds(1));
  EXPECT_EQ(settings.pending_after, absl::Seconds(2));
  EXPECT_EQ(settings.max_interval, absl::Seconds(3));
  EXPECT_EQ(settings.not_found_after, absl::Seconds(4));
  EXPECT_EQ(settings.not_found_interval, absl::Seconds(5));
  EXPECT_EQ(settings.review_after, absl::Seconds(6));
}

TEST(ReconcileReaderTest, WithoutTheSectionTheDefaultsHold) {
  for (const char* document : {kH2hRouteDocument, kPraxisRouteDocument}) {
    const ReconcileSettings settings = SettingsOf(document);
    EXPECT_EQ(settings.in_doubt_after, absl::Seconds(5));
    EXPECT_EQ(settings.pending_after, absl::Seconds(60));
    EXPECT_EQ(settings.max_interval, absl::Minutes(15));
    EXPECT_EQ(settings.not_found_interval, absl::Seconds(60));
    EXPECT_EQ(settings.review_after, absl::Hours(24));
  }
}

// Nothing says when an H2H gateway stops taking a request; a Praxis body is refused after a minute.
TEST(ReconcileReaderTest, WhenNotFoundCountsIsTheConnectorsUnlessStated) {
  EXPECT_EQ(SettingsOf(kH2hRouteDocument).not_found_after, std::nullopt);
  EXPECT_EQ(SettingsOf(kPraxisRouteDocument).not_found_after, absl::Seconds(120));
  const std::string never = "reconcile: {not_found_after: never}\n";
  EXPECT_EQ(SettingsOf(absl::StrCat(kPraxisRouteDocument, never)).not_found_after, std::nullopt);
  const std::string other = "reconcile: {max_interval: 1s}\n";
  EXPECT_EQ(SettingsOf(absl::StrCat(kPraxisRouteDocument, other)).not_found_after,
            absl::Seconds(120));
}

TEST(ReconcileReaderTest, EveryWaitHasItsLimits) {
  struct Case {
    const char* key;
    const char* stated;
    const char* largest;
    const char* too_large;
  };
  int line = kFirstLine;
  for (const Case& wait : {Case{"in_doubt_after", "1s", "24h", "24h1ms"},
                           {"pending_after", "2s", "24h", "24h1ms"},
                           {"max_interval", "3s", "24h", "24h1ms"},
                           {"not_found_after", "4s", "24h", "24h1ms"},
                           {"not_found_interval", "5s", "24h", "24h1ms"},
                           {"review_after", "6s", "720h", "720h1ms"}}) {
    const std::string stated = absl::StrCat(" ", wait.key, ": ", wait.stated);
    const std::string key = absl::StrCat("reconcile.", wait.key);
    const auto with = [&](const char* text) { return absl::StrCat(" ", wait.key, ": ", text); };
    ++line;
    EXPECT_THAT(MistakesOf(Changed(Document(), stated, with("10ms"))), IsEmpty()) << wait.key;
    EXPECT_THAT(MistakesOf(Changed(Document(), stated, with(wait.largest))), IsEmpty()) << wait.key;
    for (const char* outside : {"9ms", "0s", "-1s", "inf", wait.too_large}) {
      ExpectMistake(Document(), stated, with(outside), line, key.c_str(), "outside its limits");
    }
    for (const char* strange : {"5", "soon", "'5s'", "[5s]", "Never", "'never'"}) {
      ExpectMistake(Document(), stated, with(strange), line, key.c_str(), "with its unit");
    }
  }
}

TEST(ReconcileReaderTest, NeverIsOfNotFoundAfterAlone) {
  EXPECT_THAT(MistakesOf(Changed(Document(), "not_found_after: 4s", "not_found_after: never")),
              IsEmpty());
  ExpectMistake(Document(), "review_after: 6s", "review_after: never", kFirstLine + 6,
                "reconcile.review_after", "with its unit");
}

TEST(ReconcileReaderTest, UnknownKeysAndAnotherShapeAreMistakes) {
  ExpectMistake(Document(), "max_interval", "max_wait", kFirstLine + 3, "reconcile.max_wait",
                "no such key");
  EXPECT_THAT(MistakesOf(absl::StrCat(kH2hRouteDocument, "reconcile: never\n")),
              ElementsAre(Mistake(kFirstLine, "reconcile", "must be a mapping")));
}

}  // namespace
}  // namespace cardvault
