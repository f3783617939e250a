#include "forwarder/outbound/wanted_headers.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

MessageHeaders Pick(const std::vector<std::string>& lines) {
  WantedHeaders headers({"X-Signature", "x-nonce"});
  for (const std::string& line : lines) headers.AddLine(line + "\r\n");
  return headers.Release();
}

TEST(WantedHeadersTest, PicksByNameInAnyCaseAndTrims) {
  EXPECT_THAT(
      Pick({"HTTP/1.1 200 OK", "x-signature:  abc \t", "X-Other: 1", "X-NONCE:a:b", "", ""}),
      ElementsAre(Pair("x-signature", "abc"), Pair("X-NONCE", "a:b")));
  EXPECT_THAT(Pick({"HTTP/1.1 200 OK", "X-Signature", "X-Signature : a", " X-Signature: a"}),
              IsEmpty());
}

TEST(WantedHeadersTest, KeepsBothOfTwoForTheReaderToCompare) {
  EXPECT_THAT(Pick({"HTTP/1.1 200 OK", "X-Signature: a", "X-Signature: b", ""}), SizeIs(2));
}

TEST(WantedHeadersTest, HeadersOfInterimAnswersAndTrailersCountForNothing) {
  EXPECT_THAT(Pick({"HTTP/1.1 103 Early", "X-Signature: a", "", "HTTP/1.1 200 OK", "X-Nonce: n", "",
                    "X-Signature: b"}),
              ElementsAre(Pair("X-Nonce", "n")));
}

TEST(WantedHeadersTest, TooMuchLeavesNone) {
  const std::string longest(kMaxProofHeaderSize, 'a');
  EXPECT_THAT(Pick({"HTTP/1.1 200 OK", absl::StrCat("X-Nonce: ", longest)}), SizeIs(1));
  EXPECT_THAT(Pick({"HTTP/1.1 200 OK", "X-Signature: a",
                    absl::StrCat("X-Signature: ", longest, "a"), "X-Nonce: n"}),
              IsEmpty());
  std::vector<std::string> many = {"HTTP/1.1 200 OK"};
  many.insert(many.end(), kMaxProofHeaders, "X-Nonce: n");
  EXPECT_THAT(Pick(many), SizeIs(kMaxProofHeaders));
  many.push_back("X-Nonce: n");
  EXPECT_THAT(Pick(many), IsEmpty());
}

}  // namespace
}  // namespace cardvault
