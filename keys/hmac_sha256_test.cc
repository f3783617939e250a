#include "keys/hmac_sha256.h"

#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "keys/crypto_sizes.h"
#include "keys/key_material.h"
#include "keys/testing/vector_file.h"

namespace cardvault {
namespace {

HmacSha256 MakeHmac(absl::string_view key) { return HmacSha256(*KeyMaterial::CopyOf(key)); }

// Every HMAC-SHA-256 case that the package has: RFC 4231 without its truncation case.
TEST(HmacSha256Test, ComputeMatchesEveryRfc4231Vector) {
  int cases = 0;
  for (const VectorCase& vector : ReadVectorFile("HMAC/rfc-4231-sha256.txt", "Len")) {
    SCOPED_TRACE(vector.at("Msg"));
    const HmacSha256 hmac = MakeHmac(absl::HexStringToBytes(vector.at("Key")));
    const std::string message = absl::HexStringToBytes(vector.at("Msg"));
    ASSERT_EQ(8 * message.size(), std::stoul(vector.at("Len")));
    const std::string expected = absl::HexStringToBytes(vector.at("MD"));
    EXPECT_EQ(hmac.Compute({message}), expected);
    // Cut anywhere, it is the same message.
    for (size_t cut = 0; cut <= message.size(); ++cut) {
      const absl::string_view view = message;
      ASSERT_EQ(hmac.Compute({view.substr(0, cut), view.substr(cut)}), expected);
    }
    ++cases;
  }
  EXPECT_EQ(cases, 6);
}

TEST(HmacSha256Test, ComputeStartsAgainEachTime) {
  const HmacSha256 hmac = MakeHmac("a key");
  const std::string of_a = hmac.Compute({"a"});
  EXPECT_EQ(of_a.size(), kMacSize);
  EXPECT_NE(hmac.Compute({"b"}), of_a);
  EXPECT_EQ(hmac.Compute({"a"}), of_a);
  EXPECT_EQ(hmac.Compute({}), hmac.Compute({"", ""}));
}

}  // namespace
}  // namespace cardvault
