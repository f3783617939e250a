#include "forwarder/escrow/cvv_sealer.h"

#include <string>

#include "base/error_reason.h"
#include "base/id.h"
#include "card/brand.h"
#include "card/sad/access/sad_access.h"
#include "card/sad/cvv.h"
#include "gtest/gtest.h"
#include "keys/process_key.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

const MerchantId kMerchant = *MerchantId::Parse("shop", "merchant");
const MerchantId kOtherMerchant = *MerchantId::Parse("kiosk", "merchant");
constexpr absl::string_view kToken = "tok_test_a";
constexpr absl::string_view kCvvId = "cvv_a";

Cvv MakeCvv(absl::string_view digits) { return *Cvv::Parse(digits, Brand::kUnknown); }

TEST(CvvSealerTest, OpenGivesTheCodeBack) {
  const auto key = *NewProcessKey();
  const CvvPlace place{kMerchant, kToken, kCvvId};
  for (const absl::string_view digits : {"000", "123", "0042"}) {
    const auto sealed = SealCvv(*key, place, MakeCvv(digits));
    ASSERT_THAT(sealed, IsOk());
    const auto opened = OpenCvv(*key, place, *sealed);
    ASSERT_THAT(opened, IsOk());
    EXPECT_EQ(opened->Reveal(SadAccess::Token()), digits);
  }
}

TEST(CvvSealerTest, SealedSizeDoesNotTellTheLength) {  // S2
  const auto key = *NewProcessKey();
  const CvvPlace place{kMerchant, kToken, kCvvId};
  EXPECT_EQ(SealCvv(*key, place, MakeCvv("123"))->size(), kSealedCvvSize);
  EXPECT_EQ(SealCvv(*key, place, MakeCvv("1234"))->size(), kSealedCvvSize);
}

TEST(CvvSealerTest, BytesOfAnotherPlaceDoNotOpen) {
  const auto key = *NewProcessKey();
  const std::string sealed = *SealCvv(*key, {kMerchant, kToken, kCvvId}, MakeCvv("123"));
  EXPECT_THAT(OpenCvv(*key, {kOtherMerchant, kToken, kCvvId}, sealed),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(OpenCvv(*key, {kMerchant, "tok_test_b", kCvvId}, sealed),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(OpenCvv(*key, {kMerchant, kToken, "cvv_b"}, sealed),
              StatusIs(absl::StatusCode::kDataLoss));
  // The borders between the parts count too.
  EXPECT_THAT(OpenCvv(*key, {kMerchant, "tok_test_ac", "vv_a"}, sealed),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST(CvvSealerTest, FlippedBitsAndAnotherProcessKeyDoNotOpen) {
  const auto key = *NewProcessKey();
  const CvvPlace place{kMerchant, kToken, kCvvId};
  const std::string sealed = *SealCvv(*key, place, MakeCvv("123"));
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string damaged = sealed;
    damaged[i] ^= 1;
    EXPECT_THAT(OpenCvv(*key, place, damaged), StatusIs(absl::StatusCode::kDataLoss)) << i;
  }
  EXPECT_THAT(OpenCvv(**NewProcessKey(), place, sealed), StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace cardvault
