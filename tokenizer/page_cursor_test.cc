#include "tokenizer/page_cursor.h"

#include <string>
#include <vector>

#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "keys/testing/test_keyring.h"
#include "tests/testing/status_matchers.h"
#include "tokenizer/testing/test_vault.h"
#include "vault/records/index_keys.h"

namespace cardvault {
namespace {

class PageCursorTest : public testing::Test {
 protected:
  static auto BadCursor() {
    return StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid);
  }
  absl::StatusOr<std::string> Decode(const std::string& cursor) const {
    return PageCursor::Decode(*keyring_, shop_, filter_, cursor);
  }

  const MerchantId shop_ = TestMerchant("shop");
  const TokenFilter filter_{TestCustomer("c"), "fpr_x", "k", "v"};
  const std::shared_ptr<const Keyring> keyring_ = MakeTestKeyring("v");
  const std::string position_ = std::string(kListPositionSize, 'p');
  const std::string cursor_ = *PageCursor::Encode(*keyring_, shop_, filter_, position_);
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
  EXPECT_THAT(PageCursor::Decode(*keyring_, TestMerchant("other"), filter_, cursor_), BadCursor());
}

TEST_F(PageCursorTest, DecodeRejectsAnotherVaultsCursor) {
  EXPECT_THAT(PageCursor::Decode(*MakeTestKeyring("w"), shop_, filter_, cursor_), BadCursor());
}

TEST_F(PageCursorTest, DecodeRejectsACursorOfAnyOtherFilter) {
  std::vector<TokenFilter> others(6, filter_);
  others[0].customer = TestCustomer("d");
  others[1].customer = std::nullopt;
  others[2].fingerprint = "";
  others[3].label_key = "l";
  others[4].label_value = "";
  others[5] = {};
  for (const TokenFilter& other : others) {
    EXPECT_THAT(PageCursor::Decode(*keyring_, shop_, other, cursor_), BadCursor());
  }
}

TEST_F(PageCursorTest, DecodeAcceptsCursorsOfRetiredKeyVersions) {
  EXPECT_THAT(PageCursor::Decode(*MakeTestKeyring("v", 2), shop_, filter_, cursor_),
              IsOkAndHolds(position_));
}

}  // namespace
}  // namespace cardvault
