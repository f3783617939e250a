#include "forwarder/outbound/slot_values.h"

#include <string>

#include "base/error_reason.h"
#include "card/brand.h"
#include "card/expiry.h"
#include "card/test_pans.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

constexpr PlanSlot kAllSlots[] = {PlanSlot::kPan,
                                  PlanSlot::kCvv,
                                  PlanSlot::kExpiryMonth,
                                  PlanSlot::kExpiryYear,
                                  PlanSlot::kExpiryMmSlashYyyy,
                                  PlanSlot::kCardholderName,
                                  PlanSlot::kTimestampSeconds};

TEST(SlotValuesTest, GivesEveryValueAsItGoesOnTheWire) {
  SlotValues values(absl::FromUnixMillis(1700000000999));
  values.SetPan(*Pan::Parse(kVisaTestPan));
  values.SetCvv(*Cvv::Parse("568", Brand::kVisa));
  values.SetProfile({*Expiry::Create(3, 2031), "Jane Doe"});
  EXPECT_EQ(*values.TextOf(PlanSlot::kPan), kVisaTestPan);
  EXPECT_EQ(*values.TextOf(PlanSlot::kCvv), "568");
  EXPECT_EQ(*values.TextOf(PlanSlot::kExpiryMonth), "3");
  EXPECT_EQ(*values.TextOf(PlanSlot::kExpiryYear), "2031");
  EXPECT_EQ(*values.TextOf(PlanSlot::kExpiryMmSlashYyyy), "03/2031");
  EXPECT_EQ(*values.TextOf(PlanSlot::kCardholderName), "Jane Doe");
  EXPECT_EQ(*values.TextOf(PlanSlot::kTimestampSeconds), "1700000000");
  values.SetProfile({*Expiry::Create(12, 2099), ""});
  EXPECT_EQ(*values.TextOf(PlanSlot::kExpiryMonth), "12");
  EXPECT_EQ(*values.TextOf(PlanSlot::kExpiryMmSlashYyyy), "12/2099");
  EXPECT_EQ(*values.TextOf(PlanSlot::kCardholderName), "");
}

TEST(SlotValuesTest, EncryptsUnderItsOwnTimestamp) {
  const SecretBytes secret = SecretBytes::CopyOf("MerchantSecretKey");
  SlotValues values(absl::FromUnixMillis(1700000000999));
  values.SetPan(*Pan::Parse(kVisaTestPan));
  values.SetProfile({*Expiry::Create(12, 2030), "Jane Doe"});
  const EncryptedSlot pan = {PlanSlot::kPan, "a"};
  EXPECT_THAT(values.TextOf(pan), StatusIs(absl::StatusCode::kInternal));
  ASSERT_THAT(values.Encrypt(pan, secret), IsOk());
  ASSERT_THAT(values.Encrypt({PlanSlot::kExpiryMmSlashYyyy, "a"}, secret), IsOk());
  EXPECT_EQ(*values.TextOf(pan), "xcQ2p0W2lYloV7zegvHDA+j41WfCWXY7/8A7Z+CC0TQ=");
  EXPECT_EQ(*values.TextOf(EncryptedSlot{PlanSlot::kExpiryMmSlashYyyy, "a"}),
            "TGSonza+w9RP3JyZoKr0Ng==");
  // Another credential is another ciphertext.
  EXPECT_THAT(values.TextOf(EncryptedSlot{PlanSlot::kPan, "b"}),
              StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(values.Encrypt({PlanSlot::kCvv, "a"}, secret),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kCvvRequired));
  EXPECT_THAT(values.Encrypt(pan, SecretBytes::CopyOf(std::string(33, 'a'))),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(SlotValuesTest, WhatIsNotSetIsAnError) {
  const SlotValues values(absl::FromUnixSeconds(1700000000));
  for (const PlanSlot slot : kAllSlots) {
    if (slot == PlanSlot::kTimestampSeconds) continue;
    EXPECT_FALSE(values.TextOf(slot).ok());
  }
  EXPECT_THAT(values.TextOf(PlanSlot::kCvv),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kCvvRequired));
}

TEST(SlotValuesTest, NumbersOnTheWireAreMonthYearAndTimestamp) {
  for (const PlanSlot slot : kAllSlots) {
    EXPECT_EQ(SlotValues::IsInteger(slot), slot == PlanSlot::kExpiryMonth ||
                                               slot == PlanSlot::kExpiryYear ||
                                               slot == PlanSlot::kTimestampSeconds);
  }
}

}  // namespace
}  // namespace cardvault
