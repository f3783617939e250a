#include "vault/page_cursor.h"

#include <memory>
#include <string>

#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "keys/testing/test_keyring.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

class PageCursorTest : public testing::Test {
 protected:
  static auto BadCursor() {
    return StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid);
  }
  absl::StatusOr<std::string> Decode(const std::string& cursor) const {
    return PageCursor::Decode(*keyring_, {"token", shop_, "filter"}, kSize, cursor);
  }

  static constexpr size_t kSize = 29;
  const MerchantId shop_ = *MerchantId::Parse("shop", "merchant");
  const std::shared_ptr<const Keyring> keyring_ = MakeTestKeyring("v");
  const std::string position_ = std::string(kSize, 'p');
  const std::string cursor_ = *PageCursor::Encode(*keyring_, {"token", shop_, "filter"}, position_);
};

TEST_F(PageCursorTest, DecodeGivesBackThePosition) {
  EXPECT_THAT(Decode(cursor_), IsOkAndHolds(position_));
}

TEST_F(PageCursorTest, DecodeRejectsEveryAlteredCharacter) {
  for (size_t i = 0; i < cursor_.size(); ++i) {
    std::string altered = cursor_;
    altered[i] = altered[i] == 'a' ? 'b' : 'a';
    const absl::StatusOr<std::string> position = Decode(altered);
    EXPECT_THAT(position, BadCursor()) << i;
    EXPECT_EQ(FieldOf(position.status()), "page_token");
  }
}

TEST_F(PageCursorTest, DecodeRejectsOtherSizesAndRubbish) {
  for (const std::string& rubbish :
       {std::string("a"), cursor_ + "a", cursor_.substr(1), std::string(cursor_.size(), '!'),
        std::string(1 << 20, 'a'), std::string(cursor_.size(), '\0')}) {
    EXPECT_THAT(Decode(rubbish), BadCursor());
  }
}

TEST_F(PageCursorTest, DecodeRejectsAnotherMerchantsCursor) {
  const MerchantId other = *MerchantId::Parse("other", "merchant");
  EXPECT_THAT(PageCursor::Decode(*keyring_, {"token", other, "filter"}, kSize, cursor_),
              BadCursor());
}

TEST_F(PageCursorTest, DecodeRejectsAnotherVaultsCursor) {
  EXPECT_THAT(PageCursor::Decode(*MakeTestKeyring("w"), {"token", shop_, "filter"}, kSize, cursor_),
              BadCursor());
}

TEST_F(PageCursorTest, DecodeRejectsACursorOfAnotherFilterOrListing) {
  EXPECT_THAT(PageCursor::Decode(*keyring_, {"token", shop_, "other"}, kSize, cursor_),
              BadCursor());
  EXPECT_THAT(PageCursor::Decode(*keyring_, {"payment", shop_, "filter"}, kSize, cursor_),
              BadCursor());
  EXPECT_THAT(PageCursor::Decode(*keyring_, {"token", shop_, "filter"}, kSize - 1, cursor_),
              BadCursor());
}

TEST_F(PageCursorTest, DecodeAcceptsCursorsOfRetiredKeyVersions) {
  EXPECT_THAT(
      PageCursor::Decode(*MakeTestKeyring("v", 2), {"token", shop_, "filter"}, kSize, cursor_),
      IsOkAndHolds(position_));
}

}  // namespace
}  // namespace cardvault
