#include "forwarder/outbound/signature_encoding.h"

#include <string>

#include "base/access/secret_bytes_access.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

constexpr absl::string_view kBytes("\xfb\xff\xfe\x00", 4);

absl::StatusOr<std::string> Decode(SecretEncoding encoding, absl::string_view text) {
  auto decoded = DecodeSecret(encoding, SecretBytes::CopyOf(text));
  if (!decoded.ok()) return decoded.status();
  const absl::string_view view = SecretBytesAccess::View(*decoded);
  return std::string(view.data(), view.size());
}

TEST(SignatureEncodingTest, EncodesInEveryEncoding) {
  EXPECT_EQ(EncodeSignature(SignatureEncoding::kHex, kBytes), "fbfffe00");
  EXPECT_EQ(EncodeSignature(SignatureEncoding::kBase64, kBytes), "+//+AA==");
  EXPECT_EQ(EncodeSignature(SignatureEncoding::kBase64Url, kBytes), "-__-AA==");
}

TEST(SignatureEncodingTest, DecodesInEveryEncoding) {
  const std::string bytes(kBytes.data(), kBytes.size());
  EXPECT_EQ(*Decode(SecretEncoding::kUtf8, "se cret"), "se cret");
  EXPECT_EQ(*Decode(SecretEncoding::kHex, "fbFFfe00"), bytes);
  for (const absl::string_view text : {"+//+AA==", "-__-AA==", "+//+AA"}) {
    EXPECT_EQ(*Decode(SecretEncoding::kBase64, text), bytes) << text;
  }
  EXPECT_EQ(*Decode(SecretEncoding::kBase64, "YWI="), "ab");
  EXPECT_EQ(*Decode(SecretEncoding::kBase64, "YWJj"), "abc");
}

TEST(SignatureEncodingTest, RefusesWhatIsNotInTheEncoding) {
  for (const absl::string_view text : {"f", "0g", "00 11"}) {
    EXPECT_FALSE(Decode(SecretEncoding::kHex, text).ok()) << text;
  }
  // Bad length, bad padding, foreign characters, bits that no encoder leaves.
  for (const absl::string_view text : {"YWJjZ", "YW==I=", "YWJj=", "=", "====", "YW Jj", "YWJ"}) {
    EXPECT_FALSE(Decode(SecretEncoding::kBase64, text).ok()) << text;
  }
  EXPECT_THAT(Decode(SecretEncoding::kUtf8, ""), StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace cardvault
