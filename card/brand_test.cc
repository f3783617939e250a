#include "card/brand.h"

#include <set>
#include <string>

#include "card/test_pans.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

// `prefix` filled up with zeros to `length` digits.
Brand Of(std::string prefix, size_t length) {
  prefix.resize(length, '0');
  return BrandOf(prefix);
}

TEST(BrandTest, PublishedNumbersHaveTheirBrands) {
  EXPECT_EQ(BrandOf(kVisaTestPan), Brand::kVisa);
  EXPECT_EQ(BrandOf(kVisa13DigitTestPan), Brand::kVisa);
  EXPECT_EQ(BrandOf(kMastercardTestPan), Brand::kMastercard);
  EXPECT_EQ(BrandOf(kMastercard2SeriesTestPan), Brand::kMastercard);
  EXPECT_EQ(BrandOf(kAmexTestPan), Brand::kAmex);
  EXPECT_EQ(BrandOf(kAmexTestPan2), Brand::kAmex);
  EXPECT_EQ(BrandOf(kDiscoverTestPan), Brand::kDiscover);
  EXPECT_EQ(BrandOf(kDinersTestPan), Brand::kDiners);
  EXPECT_EQ(BrandOf(kDinersTestPan2), Brand::kDiners);
  EXPECT_EQ(BrandOf(kDiners36TestPan), Brand::kDiners);
  EXPECT_EQ(BrandOf(kJcbTestPan), Brand::kJcb);
  EXPECT_EQ(BrandOf(kUnionPayTestPan), Brand::kUnionPay);
  EXPECT_EQ(BrandOf(kUnionPay19DigitTestPan), Brand::kUnionPay);
  EXPECT_EQ(BrandOf(kMaestroTestPan), Brand::kMaestro);
  EXPECT_EQ(BrandOf(kMaestro12DigitTestPan), Brand::kMaestro);
}

TEST(BrandTest, PublishedNumbersAreAllOfSomeBrandAndDifferent) {
  std::set<std::string> seen;
  for (const absl::string_view pan : kPublishedTestPans) {
    EXPECT_TRUE(InKnownIssuerRange(pan));
    EXPECT_TRUE(seen.emplace(pan).second);
  }
}

TEST(BrandTest, RangesEndWhereTheyEnd) {
  EXPECT_EQ(Of("50", 16), Brand::kMaestro);
  EXPECT_EQ(Of("51", 16), Brand::kMastercard);
  EXPECT_EQ(Of("55", 16), Brand::kMastercard);
  EXPECT_EQ(Of("56", 16), Brand::kMaestro);
  EXPECT_EQ(Of("58", 16), Brand::kMaestro);
  EXPECT_EQ(Of("59", 16), Brand::kUnknown);
  EXPECT_EQ(Of("2199", 16), Brand::kUnknown);
  EXPECT_EQ(Of("2200", 16), Brand::kMir);
  EXPECT_EQ(Of("2204", 16), Brand::kMir);
  EXPECT_EQ(Of("2205", 16), Brand::kUnknown);
  EXPECT_EQ(Of("2220", 16), Brand::kUnknown);
  EXPECT_EQ(Of("2221", 16), Brand::kMastercard);
  EXPECT_EQ(Of("2720", 16), Brand::kMastercard);
  EXPECT_EQ(Of("2721", 16), Brand::kUnknown);
  EXPECT_EQ(Of("300", 14), Brand::kDiners);
  EXPECT_EQ(Of("305", 14), Brand::kDiners);
  EXPECT_EQ(Of("306", 14), Brand::kUnknown);
  EXPECT_EQ(Of("3527", 16), Brand::kUnknown);
  EXPECT_EQ(Of("3528", 16), Brand::kJcb);
  EXPECT_EQ(Of("3589", 16), Brand::kJcb);
  EXPECT_EQ(Of("3590", 16), Brand::kUnknown);
  EXPECT_EQ(Of("6304", 16), Brand::kMaestro);
  EXPECT_EQ(Of("6390", 16), Brand::kMaestro);
  EXPECT_EQ(Of("643", 16), Brand::kUnknown);
  EXPECT_EQ(Of("644", 16), Brand::kDiscover);
  EXPECT_EQ(Of("65", 16), Brand::kDiscover);
  EXPECT_EQ(Of("62", 16), Brand::kUnionPay);
  EXPECT_EQ(Of("8100", 16), Brand::kUnionPay);
  EXPECT_EQ(Of("8172", 16), Brand::kUnknown);
  EXPECT_EQ(Of("999999", 16), Brand::kSandbox);
  EXPECT_EQ(Of("999998", 16), Brand::kUnknown);
  EXPECT_EQ(Of("0", 16), Brand::kUnknown);
  EXPECT_EQ(Of("1", 16), Brand::kUnknown);
}

TEST(BrandTest, LengthBelongsToTheRange) {
  for (size_t length = 1; length <= 20; ++length) {
    EXPECT_EQ(Of("4", length) == Brand::kVisa, length == 13 || length == 16 || length == 19);
    EXPECT_EQ(Of("51", length) == Brand::kMastercard, length == 16);
    EXPECT_EQ(Of("37", length) == Brand::kAmex, length == 15);
    EXPECT_EQ(Of("36", length) == Brand::kDiners, length >= 14 && length <= 19);
    EXPECT_EQ(Of("67", length) == Brand::kMaestro, length >= 12 && length <= 19);
    EXPECT_EQ(Of("999999", length) == Brand::kSandbox, length == 16);
  }
  EXPECT_EQ(BrandOf(""), Brand::kUnknown);
}

TEST(BrandTest, NamesAndCodeLengths) {
  EXPECT_EQ(BrandName(Brand::kUnionPay), "UNIONPAY");
  EXPECT_EQ(BrandName(Brand::kUnknown), "UNKNOWN");
  EXPECT_EQ(SafeForLog(Brand::kVisa), "VISA");
  EXPECT_EQ(CvvLengthOf(Brand::kAmex), 4u);
  EXPECT_EQ(CvvLengthOf(Brand::kVisa), 3u);
  EXPECT_EQ(CvvLengthOf(Brand::kSandbox), 3u);
  EXPECT_EQ(CvvLengthOf(Brand::kUnknown), 0u);
}

}  // namespace
}  // namespace cardvault
