#include "server/gatekeeper.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status.h"
#include "server/identity.h"
#include "server/role_book.h"
#include "server/serving_state.h"
#include "server/tls_expiry.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/test_pki.h"
#include "vault/commit/testing/pipeline_fixture.h"

namespace cardvault {
namespace {

constexpr char kOperator[] = "spiffe://test.example/operator/alice";
constexpr char kAuditor[] = "spiffe://test.example/auditor/carol";

std::string MapOf(const std::string& more) {
  return absl::StrCat("roles:\n  - identity: ", kOperator, "\n    roles: [operator]\n", more);
}

class StandingTest : public CommitPipelineTest {
 protected:
  void SetUp() override {
    Start();
    const std::string map =
        MapOf(absl::StrCat("  - identity: ", kAuditor, "\n    roles: [auditor]\n"));
    ASSERT_TRUE(Commit(RoleBook::FirstMap(map, clock_)).committed());
    auto roles = RoleBook::Load(engine_, *pipeline_, clock_, VaultMode::kSandbox);
    ASSERT_THAT(roles, IsOk());
    roles_ = *std::move(roles);
    gatekeeper_ = std::make_unique<Gatekeeper>(*roles_, serving_, clock_);
  }

  Gatekeeper::Standing Auditor() const {
    return {*ParseIdentity(kAuditor), Role::kAuditor, clock_.Now() + absl::Hours(1)};
  }

  ServingState serving_{Restrictions()};
  std::unique_ptr<RoleBook> roles_;
  std::unique_ptr<Gatekeeper> gatekeeper_;
};

TEST_F(StandingTest, EndsWithTheRole) {
  EXPECT_THAT(gatekeeper_->CheckStanding(Auditor()), IsOk());
  Warrant warrant = AuditOrigin{kOperator, "operator", ""};
  ASSERT_THAT(roles_->Apply(MapOf(""), /*check_only=*/false, warrant), IsOk());
  EXPECT_THAT(gatekeeper_->CheckStanding(Auditor()),
              StatusIs(absl::StatusCode::kPermissionDenied, ErrorReason::kPolicy));
}

TEST_F(StandingTest, EndsWithTheCertificate) {
  const Gatekeeper::Standing standing = Auditor();
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(gatekeeper_->CheckStanding(standing), IsOk());
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(gatekeeper_->CheckStanding(standing),
              StatusIs(absl::StatusCode::kUnauthenticated, ErrorReason::kIdentity));
}

TEST(CertificateExpiryTest, IsTheCertificatesAndOfNoneLongAgo) {
  const absl::Time expiry = CertificateExpiry(testing::TestPki().Client(kAuditor).certificate);
  EXPECT_GT(expiry, absl::Now());
  EXPECT_LE(expiry, absl::Now() + absl::Hours(25));
  EXPECT_EQ(CertificateExpiry(""), absl::InfinitePast());
  EXPECT_EQ(CertificateExpiry("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            absl::InfinitePast());
}

}  // namespace
}  // namespace cardvault
