#include "vault/admission/restore_mark.h"

#include <optional>

#include "base/error_reason.h"
#include "base/status.h"
#include "cardvault/storage/v1/policy_rows.pb.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/engine/table.h"
#include "vault/engine/testing/failing_engine.h"
#include "vault/engine/testing/fake_engine.h"

namespace cardvault {
namespace {

RestoreMark AMark() {
  RestoreMark mark;
  mark.backup_id = "backup-abc";
  mark.backup_time = absl::FromUnixMicros(1'750'000'000'000'001);
  mark.log_size = 12'345;
  mark.restore_time = absl::FromUnixMicros(1'750'000'500'000'002);
  return mark;
}

TEST(RestoreMarkTest, AStoreThatWasNotRestoredHasNone) {
  const FakeEngine engine;
  const absl::StatusOr<std::optional<RestoreMark>> mark = ReadRestoreMark(engine);
  ASSERT_THAT(mark, IsOk());
  EXPECT_FALSE(mark->has_value());
}

TEST(RestoreMarkTest, ReadsBackWhatWasPut) {
  FakeEngine engine;
  ASSERT_THAT(PutRestoreMark(engine, AMark()), IsOk());
  const absl::StatusOr<std::optional<RestoreMark>> mark = ReadRestoreMark(engine);
  ASSERT_THAT(mark, IsOk());
  EXPECT_EQ(*mark, AMark());
}

TEST(RestoreMarkTest, TheLaterMarkStands) {
  FakeEngine engine;
  ASSERT_THAT(PutRestoreMark(engine, AMark()), IsOk());
  RestoreMark later = AMark();
  later.backup_id = "backup-def";
  ASSERT_THAT(PutRestoreMark(engine, later), IsOk());
  EXPECT_EQ((*ReadRestoreMark(engine))->backup_id, "backup-def");
}

// A damaged mark must not pass for none.
TEST(RestoreMarkTest, ADamagedMarkIsDataLoss) {
  FakeEngine engine;
  const auto data_loss = StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt);
  engine.Plant(Table::kMeta, "restored", "\xff\xff", 0);
  EXPECT_THAT(ReadRestoreMark(engine), data_loss);
  storage::v1::RestoreMarkRow row;
  row.set_format_version(2);
  engine.Plant(Table::kMeta, "restored", row.SerializeAsString(), 0);
  EXPECT_THAT(ReadRestoreMark(engine), data_loss);
}

TEST(RestoreMarkTest, AMediumThatFailsIsAnsweredAsSuch) {
  FailingEngine failing(Unavailable(ErrorReason::kUnspecified, "as the test says"));
  EXPECT_THAT(ReadRestoreMark(failing), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(PutRestoreMark(failing, AMark()), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace cardvault
