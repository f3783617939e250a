#include "sandbox/h2h_signature.h"

#include <gtest/gtest.h>

#include <string>

#include "sandbox/digest.h"

namespace cardvault::sandbox {
namespace {

constexpr char kSecret[] = "SandboxApiSecret";

TEST(H2hSignatureTest, HmacReproducesRfc4231Case2) {
  EXPECT_EQ(HmacSha256Base64("Jefe", "what do ya want for nothing?"),
            "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
}

// Computed with another implementation (Python's hmac).
TEST(H2hSignatureTest, ReproducesADerivedVector) {
  EXPECT_EQ(SignH2hRequest(
                {"POST", "/api/payment/status", "1700000000000", "nonce-1", R"({"a":1})"}, kSecret),
            "eHVwuMFVOs61toBW6+qfayoNfhnEz+5FAXze6MIAD3Y=");
}

TEST(H2hSignatureTest, CoversEveryPart) {
  const H2hSignedRequest request{"POST", "/p", "1700000000000", "n", "{}"};
  const std::string signature = SignH2hRequest(request, kSecret);
  EXPECT_TRUE(VerifyH2hRequest(request, kSecret, signature));
  EXPECT_FALSE(VerifyH2hRequest(request, "another", signature));
  for (const H2hSignedRequest& other :
       {H2hSignedRequest{"PUT", "/p", "1700000000000", "n", "{}"},
        H2hSignedRequest{"POST", "/q", "1700000000000", "n", "{}"},
        H2hSignedRequest{"POST", "/p", "1700000000001", "n", "{}"},
        H2hSignedRequest{"POST", "/p", "1700000000000", "m", "{}"},
        H2hSignedRequest{"POST", "/p", "1700000000000", "n", "{ }"}}) {
    EXPECT_FALSE(VerifyH2hRequest(other, kSecret, signature));
  }
}

}  // namespace
}  // namespace cardvault::sandbox
