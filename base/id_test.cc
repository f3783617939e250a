#include "base/id.h"

#include <string>
#include <type_traits>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "base/error_reason.h"
#include "base/log.h"
#include "base/status.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

static_assert(!std::is_convertible_v<MerchantId, PaymentId>);
static_assert(!std::is_constructible_v<MerchantId, PaymentId>);
static_assert(!std::is_constructible_v<MerchantId, std::string>);
static_assert(SafeToLog<MerchantId>);

absl::Status Check(absl::string_view text) { return CheckId(text, "payment_id"); }

TEST(IdTest, ParseTakesTheWholeAlphabet) {
  for (const char* const text : {"a", "Z", "0", ".", "_", ":", "-", "order-2031.05:a_B"}) {
    EXPECT_THAT(Check(text), IsOk()) << text;
  }
}

TEST(IdTest, EveryOtherByteIsRefused) {
  for (int c = 0; c < 256; ++c) {
    const char byte = static_cast<char>(c);
    const bool allowed = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                         (byte >= 'A' && byte <= 'Z') || byte == '.' || byte == '_' ||
                         byte == ':' || byte == '-';
    EXPECT_EQ(Check("x" + std::string(1, byte)).ok(), allowed) << c;
  }
}

TEST(IdTest, EmptyIsMissing) {
  const absl::Status status = Check("");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldMissing));
  EXPECT_EQ(FieldOf(status), "payment_id");
}

TEST(IdTest, LengthIsAtMostFifty) {
  EXPECT_THAT(Check(std::string(50, 'a')), IsOk());
  EXPECT_THAT(Check(std::string(51, 'a')),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kIdInvalid));
  EXPECT_FALSE(Check(std::string(1 << 20, 'a')).ok());
}

TEST(IdTest, RunOfTwelveDigitsIsRefusedWhereverItStands) {
  const std::string eleven(11, '1');
  const std::string twelve(12, '1');
  EXPECT_THAT(Check(eleven), IsOk());
  EXPECT_THAT(Check(eleven + "-" + eleven), IsOk());
  for (const std::string& text : {twelve, "a" + twelve, twelve + "a", "a" + twelve + "b",
                                  eleven + "-" + twelve, std::string(50, '9')}) {
    const absl::Status status = Check(text);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kIdInvalid));
    EXPECT_EQ(status.ToString().find("1111"), std::string::npos);
  }
}

TEST(IdTest, IdsCompareAndHashByValue) {
  const MerchantId a = MerchantId::Parse("acme", "merchant").value();
  const MerchantId b = MerchantId::Parse("bolt", "merchant").value();
  EXPECT_EQ(a, MerchantId::Parse("acme", "merchant").value());
  EXPECT_NE(a, b);
  EXPECT_LT(a, b);
  EXPECT_EQ(a.value(), "acme");
  absl::flat_hash_set<MerchantId> set = {a, b, a};
  EXPECT_EQ(set.size(), 2u);
}

}  // namespace
}  // namespace cardvault
