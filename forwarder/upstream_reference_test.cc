#include "forwarder/upstream_reference.h"

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

MerchantId Merchant(absl::string_view id) { return *MerchantId::Parse(id, "merchant"); }
PaymentId Payment(absl::string_view id) { return *PaymentId::Parse(id, "payment_id"); }

TEST(UpstreamReferenceTest, RouteOfOneMerchantSendsThePaymentId) {
  EXPECT_EQ(UpstreamReference(1, Merchant("shop"), Payment("order:1")), "order:1");
}

// A changed derivation would look for payments under names that no upstream has. The value is that
// of: printf '\\0\\0\\0\\4shop\\0\\0\\0\\7order:1' | sha256sum | head -c 40 | xxd -r -p | base32
TEST(UpstreamReferenceTest, SharedRouteSendsDigestOfMerchantAndPaymentId) {
  EXPECT_EQ(UpstreamReference(2, Merchant("shop"), Payment("order:1")),
            "jimqyi673ke2tvekx4ktu2dths4uuqrr");
}

TEST(UpstreamReferenceTest, SharedRouteTellsMerchantsAndPaymentsApart) {
  EXPECT_NE(UpstreamReference(2, Merchant("a"), Payment("bc")),
            UpstreamReference(2, Merchant("ab"), Payment("c")));
  EXPECT_NE(UpstreamReference(2, Merchant("a"), Payment("1")),
            UpstreamReference(2, Merchant("b"), Payment("1")));
  EXPECT_EQ(UpstreamReference(2, Merchant("a"), Payment("1")).size(), 32u);
}

}  // namespace
}  // namespace cardvault
