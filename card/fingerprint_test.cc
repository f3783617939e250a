#include "card/fingerprint.h"

#include <set>
#include <string>

#include "absl/status/status.h"
#include "base/error_reason.h"
#include "base/log.h"
#include "base/status.h"
#include "card/free_text.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

static_assert(!SafeToLog<Fingerprint>);

TEST(FingerprintTest, AllottedIdsAreDifferentAndParse) {
  std::set<std::string> seen;
  for (int i = 0; i < 10'000; ++i) {
    const Fingerprint fingerprint = Fingerprint::Allot();
    ASSERT_EQ(fingerprint.text().size(), 30u);
    ASSERT_EQ(fingerprint.text().substr(0, 4), "fpr_");
    ASSERT_TRUE(seen.insert(fingerprint.text()).second);
    ASSERT_FALSE(HoldsCardNumber(fingerprint.text()));
    ASSERT_EQ(Fingerprint::Parse(fingerprint.text()).value(), fingerprint);
  }
}

TEST(FingerprintTest, MalformedFormsAreRefused) {
  const std::string good = Fingerprint::Allot().text();
  for (const std::string& text :
       {std::string(), std::string("fpr_"), good + "a", good.substr(0, 29), "fpx_" + good.substr(4),
        good.substr(0, 29) + "b", good.substr(0, 10) + "1" + good.substr(11),
        std::string(1 << 20, 'f')}) {
    const absl::Status status = Fingerprint::Parse(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ReasonOf(status), ErrorReason::kIdInvalid);
    EXPECT_EQ(FieldOf(status), "fingerprint");
  }
}

}  // namespace
}  // namespace cardvault
