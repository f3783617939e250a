#include "keys/custody/share_collector.h"

#include <string>
#include <tuple>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/id.h"
#include "base/secret_bytes.h"
#include "base/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keys/custody/custody_creation.h"
#include "keys/custody/custody_record.h"
#include "keys/custody/secret_sharing.h"
#include "keys/custody/testing/test_custody.h"
#include "keys/kek_provider.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

SecretBytes Bytes(absl::string_view bytes) { return SecretBytes::CopyOf(bytes); }

auto IsWrong() { return StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid); }
auto IsForeign() { return StatusIs(absl::StatusCode::kPermissionDenied, ErrorReason::kPolicy); }
auto IsRepeated() { return StatusIs(absl::StatusCode::kAlreadyExists, ErrorReason::kFieldInvalid); }
auto IsLockedOut() { return StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kRate); }

class ShareCollectorTest : public testing::Test {
 protected:
  // Of the threshold's 3, how many were collected.
  absl::StatusOr<uint32_t> Submit(size_t custodian, const SecretBytes& share) {
    auto progress = collector_.Submit(custody_.Identity(custodian), share);
    if (!progress.ok()) return progress.status();
    EXPECT_EQ(progress->threshold, 3u);
    EXPECT_EQ(progress->kek != nullptr, progress->collected == 3);
    return progress->collected;
  }
  absl::StatusOr<uint32_t> SubmitOwn(size_t custodian) {
    return Submit(custodian, custody_.ShareBytes(custodian));
  }
  uint32_t Collected() { return collector_.GetStatus().collected; }
  void FailTimes(size_t custodian, int times) {
    for (int i = 0; i < times; ++i) {
      ASSERT_THAT(Submit(custodian, Bytes("wrong")).status(), IsWrong());
    }
  }

  const TestCustody custody_{3, 5};
  FakeClock clock_;
  ShareCollector collector_{custody_.made.record, clock_};
};

// K7
TEST_F(ShareCollectorTest, AnyThresholdOfSharesGivesTheKekAndNoFewer) {
  for (const auto& [a, b, c] : {std::tuple(0, 1, 2), std::tuple(4, 2, 0), std::tuple(1, 3, 4)}) {
    EXPECT_THAT(SubmitOwn(a), IsOkAndHolds(testing::Eq(1u)));
    EXPECT_THAT(SubmitOwn(b), IsOkAndHolds(testing::Eq(2u)));
    EXPECT_EQ(Collected(), 2u);
    const auto last = collector_.Submit(custody_.Identity(c), custody_.ShareBytes(c));
    ASSERT_THAT(last, IsOk());
    ASSERT_NE(last->kek, nullptr);
    EXPECT_EQ(last->kek->check_value(), custody_.made.record.check_value);
    EXPECT_EQ(Collected(), 0u);  // forgotten
  }
}

TEST_F(ShareCollectorTest, AWrongShareIsRefusedAndChangesNothing) {
  ASSERT_THAT(SubmitOwn(0), IsOk());
  const SecretBytes right = custody_.ShareBytes(1);
  const absl::string_view view = SecretBytesAccess::View(right);
  for (size_t at = 0; at < kShareSize; at += 4) {
    std::string changed(view.data(), view.size());
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    EXPECT_THAT(Submit(1, Bytes(changed)).status(), IsWrong());
  }
  EXPECT_EQ(Collected(), 1u);
  EXPECT_THAT(SubmitOwn(1), IsOkAndHolds(testing::Eq(2u)));
}

TEST_F(ShareCollectorTest, ATruncatedOrLongerShareIsRefused) {
  const SecretBytes right = custody_.ShareBytes(1);
  const std::string bytes(SecretBytesAccess::View(right).data(), kShareSize);
  EXPECT_THAT(Submit(1, Bytes(bytes.substr(0, kShareSize - 1))).status(), IsWrong());
  EXPECT_THAT(Submit(1, Bytes(bytes.substr(1))).status(), IsWrong());
  EXPECT_THAT(Submit(1, Bytes(bytes + '\0')).status(), IsWrong());
  EXPECT_THAT(Submit(1, Bytes("")).status(), IsWrong());
  EXPECT_EQ(Collected(), 0u);
}

// K7: shares are bound to distinct people.
TEST_F(ShareCollectorTest, NobodySubmitsTheShareOfAnother) {
  ASSERT_THAT(SubmitOwn(0), IsOk());
  EXPECT_THAT(Submit(0, custody_.ShareBytes(1)).status(), IsForeign());
  EXPECT_THAT(Submit(1, custody_.ShareBytes(0)).status(), IsForeign());
  EXPECT_EQ(Collected(), 1u);
}

TEST_F(ShareCollectorTest, ARepeatedShareCountsOnce) {
  ASSERT_THAT(SubmitOwn(0), IsOk());
  for (int i = 0; i < 2 * kMaxShareFailures; ++i) {
    EXPECT_THAT(SubmitOwn(0).status(), IsRepeated());
  }
  EXPECT_EQ(Collected(), 1u);
  EXPECT_THAT(SubmitOwn(1), IsOkAndHolds(testing::Eq(2u)));
}

TEST_F(ShareCollectorTest, WhoIsNoCustodianIsRefused) {
  for (const std::string& who : {std::string("spiffe://vault.example/custodian/mallory"),
                                 custody_.Identity(0) + "0", std::string()}) {
    EXPECT_THAT(collector_.Submit(who, custody_.ShareBytes(0)).status(), IsForeign());
  }
  EXPECT_EQ(Collected(), 0u);
}

// A share of the KEK before: of the same people, with the same keys.
TEST(ShareCollectorReplayTest, AShareOfTheEarlierKekIsRefused) {
  const TestCustody earlier(2, 3);
  const auto renewed = CreateCustody(*VaultId::Parse("vault-1", "vault_id"), 1, 2,
                                     Asked(earlier.custodians), FakeClock().Now());
  ASSERT_THAT(renewed, IsOk());
  const FakeClock clock;
  ShareCollector collector(renewed->record, clock);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_THAT(collector.Submit(earlier.Identity(i), earlier.ShareBytes(i)).status(), IsWrong());
  }
  EXPECT_EQ(collector.GetStatus().collected, 0u);
}

// K9
TEST_F(ShareCollectorTest, AShareIsTakenAfterTheAcknowledgementOnly) {
  CustodyRecord record = custody_.made.record;
  record.custodians[0].acknowledge_time.reset();
  collector_.SetRecord(record);
  EXPECT_THAT(SubmitOwn(0).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kPolicy));
  ASSERT_THAT(SubmitOwn(1), IsOk());
  ASSERT_THAT(Acknowledge(record, custody_.Identity(0), clock_.Now()), IsOk());
  collector_.SetRecord(record);
  EXPECT_THAT(SubmitOwn(0), IsOkAndHolds(testing::Eq(2u)));  // with the one before
}

// P6
TEST_F(ShareCollectorTest, TenFailuresLockOutThatCustodianAloneForFifteenMinutes) {
  FailTimes(0, kMaxShareFailures);
  EXPECT_THAT(SubmitOwn(0).status(), IsLockedOut());
  EXPECT_EQ(collector_.GetStatus().custodians[0].locked_for, kShareLockout);
  EXPECT_THAT(SubmitOwn(1), IsOk());
  EXPECT_EQ(collector_.GetStatus().custodians[1].locked_for, absl::ZeroDuration());

  clock_.Advance(kShareLockout - absl::Seconds(1));
  EXPECT_THAT(SubmitOwn(0).status(), IsLockedOut());
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(collector_.GetStatus().custodians[0].locked_for, absl::ZeroDuration());
  EXPECT_THAT(SubmitOwn(0), IsOk());
}

TEST_F(ShareCollectorTest, NineFailuresDoNotLockAndARightShareClearsThem) {
  FailTimes(0, kMaxShareFailures - 1);
  EXPECT_THAT(SubmitOwn(0), IsOk());
  FailTimes(0, kMaxShareFailures - 1);
  EXPECT_THAT(SubmitOwn(0).status(), IsRepeated());
  FailTimes(0, kMaxShareFailures);
  EXPECT_THAT(SubmitOwn(0).status(), IsLockedOut());
}

TEST_F(ShareCollectorTest, TheSharesOfOthersCountAsFailures) {
  for (int i = 0; i < kMaxShareFailures; ++i) {
    EXPECT_THAT(Submit(0, custody_.ShareBytes(1)).status(), IsForeign());
  }
  EXPECT_THAT(SubmitOwn(0).status(), IsLockedOut());
}

TEST_F(ShareCollectorTest, AfterALockOutThereAreTenTriesAgain) {
  FailTimes(0, kMaxShareFailures);
  clock_.Advance(kShareLockout);
  FailTimes(0, kMaxShareFailures - 1);
  EXPECT_THAT(SubmitOwn(0), IsOk());
  clock_.Advance(kShareLifetime);
  FailTimes(0, kMaxShareFailures);
  clock_.Advance(kShareLockout);
  FailTimes(0, kMaxShareFailures);
  EXPECT_THAT(SubmitOwn(0).status(), IsLockedOut());
}

TEST_F(ShareCollectorTest, ASteppedWallClockEndsNoLockOut) {
  FailTimes(0, kMaxShareFailures);
  clock_.SetNow(clock_.Now() + absl::Hours(24));
  EXPECT_THAT(SubmitOwn(0).status(), IsLockedOut());
}

TEST_F(ShareCollectorTest, SharesAreForgottenAfterTheirTime) {
  ASSERT_THAT(SubmitOwn(0), IsOk());
  clock_.Advance(absl::Minutes(1));
  ASSERT_THAT(SubmitOwn(1), IsOk());
  clock_.Advance(kShareLifetime - absl::Minutes(1) - absl::Seconds(1));
  EXPECT_EQ(Collected(), 2u);
  clock_.Advance(absl::Seconds(1));
  collector_.ForgetExpired();
  EXPECT_EQ(Collected(), 1u);
  EXPECT_FALSE(collector_.GetStatus().custodians[0].submitted);
  EXPECT_THAT(SubmitOwn(2), IsOkAndHolds(testing::Eq(2u)));
  EXPECT_THAT(SubmitOwn(0), IsOkAndHolds(testing::Eq(3u)));
}

TEST_F(ShareCollectorTest, AnotherKekForgetsSharesAndKeepsLockOuts) {
  ASSERT_THAT(SubmitOwn(1), IsOk());
  FailTimes(0, kMaxShareFailures);
  const auto renewed = CreateCustody(*VaultId::Parse("vault-1", "vault_id"), 1, 2,
                                     Asked(custody_.custodians), FakeClock().Now());
  ASSERT_THAT(renewed, IsOk());
  collector_.SetRecord(renewed->record);
  EXPECT_EQ(Collected(), 0u);
  EXPECT_THAT(SubmitOwn(0).status(), IsLockedOut());
}

TEST_F(ShareCollectorTest, StatusTellsWhoSubmitted) {
  CustodyRecord record = custody_.made.record;
  record.custodians[4].acknowledge_time.reset();
  collector_.SetRecord(record);
  ASSERT_THAT(SubmitOwn(2), IsOk());
  const ShareCollector::Status status = collector_.GetStatus();
  EXPECT_EQ(status.check_value, record.check_value);
  EXPECT_EQ(status.threshold, 3u);
  EXPECT_EQ(status.collected, 1u);
  ASSERT_EQ(status.custodians.size(), 5u);
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(status.custodians[i].identity, custody_.Identity(i));
    EXPECT_EQ(status.custodians[i].submitted, i == 2);
    EXPECT_EQ(status.custodians[i].acknowledged, i != 4);
  }
}

// A record that does not fit itself: the key of its shares is not its KEK.
TEST_F(ShareCollectorTest, AnotherKeyThanTheRecordsIsNotGivenOut) {
  CustodyRecord record = custody_.made.record;
  record.check_value = record.check_value == "000000" ? "000001" : "000000";
  collector_.SetRecord(record);
  ASSERT_THAT(SubmitOwn(0), IsOk());
  ASSERT_THAT(SubmitOwn(1), IsOk());
  EXPECT_THAT(SubmitOwn(2).status(),
              StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt));
  EXPECT_EQ(Collected(), 0u);
}

// K9: what an acknowledgement rests on.
TEST_F(ShareCollectorTest, ProvesAShareOfOneWhoHasNotAcknowledgedAndTakesNothing) {
  CustodyRecord record = custody_.made.record;
  record.custodians[0].acknowledge_time.reset();
  collector_.SetRecord(record);
  EXPECT_THAT(collector_.Prove(custody_.Identity(0), custody_.ShareBytes(0)), IsOk());
  EXPECT_THAT(collector_.Prove(custody_.Identity(0), custody_.ShareBytes(1)), IsForeign());
  EXPECT_THAT(collector_.Prove("spiffe://vault.example/custodian/stranger", custody_.ShareBytes(0)),
              IsForeign());
  EXPECT_EQ(Collected(), 0u);
}

TEST_F(ShareCollectorTest, WrongProofsLockOutAsWrongSharesDo) {
  FailTimes(0, kMaxShareFailures - 1);
  EXPECT_THAT(collector_.Prove(custody_.Identity(0), Bytes("wrong")), IsWrong());
  EXPECT_THAT(collector_.Prove(custody_.Identity(0), custody_.ShareBytes(0)), IsLockedOut());
  EXPECT_THAT(SubmitOwn(0).status(), IsLockedOut());
  EXPECT_THAT(collector_.Prove(custody_.Identity(1), custody_.ShareBytes(1)), IsOk());
  clock_.Advance(kShareLockout);
  EXPECT_THAT(collector_.Prove(custody_.Identity(0), custody_.ShareBytes(0)), IsOk());
}

TEST_F(ShareCollectorTest, AForgottenShareMayComeAgain) {
  ASSERT_THAT(SubmitOwn(0), IsOk());
  ASSERT_THAT(SubmitOwn(1), IsOk());
  collector_.Forget(custody_.Identity(0));
  collector_.Forget("spiffe://vault.example/custodian/stranger");
  EXPECT_EQ(Collected(), 1u);
  EXPECT_THAT(SubmitOwn(0), IsOkAndHolds(testing::Eq(2u)));
}

}  // namespace
}  // namespace cardvault
