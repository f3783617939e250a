#include "forwarder/route_amount.h"

#include <cstdint>
#include <limits>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "forwarder/testing/route_documents.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

std::shared_ptr<const Route> RouteWith(const char* limits) {
  const ParsedRoute parsed = ParseRoute(absl::StrCat(kH2hRouteDocument, limits));
  EXPECT_TRUE(parsed.mistakes.empty());
  return parsed.route;
}

TEST(RouteAmountTest, BothEndsOfTheRangeAreTaken) {
  const auto route = RouteWith("limits: {amounts: {USD: {min: 100, max: 500}}}\n");
  EXPECT_THAT(CheckRouteAmount(*route, "USD", 100), IsOk());
  EXPECT_THAT(CheckRouteAmount(*route, "USD", 500), IsOk());
  for (const int64_t amount : {int64_t{99}, int64_t{501}, std::numeric_limits<int64_t>::max()}) {
    const absl::Status refused = CheckRouteAmount(*route, "USD", amount);
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kAmountInvalid));
    EXPECT_EQ(FieldOf(refused), "amount");
  }
}

TEST(RouteAmountTest, TheEndThatIsNotStatedIsOpen) {
  const auto route = RouteWith("limits: {amounts: {USD: {min: 100}, KRW: {max: 500}}}\n");
  EXPECT_THAT(CheckRouteAmount(*route, "USD", 99),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kAmountInvalid));
  EXPECT_THAT(CheckRouteAmount(*route, "USD", std::numeric_limits<int64_t>::max()), IsOk());
  EXPECT_THAT(CheckRouteAmount(*route, "KRW", 1), IsOk());
  EXPECT_THAT(CheckRouteAmount(*route, "KRW", 501),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kAmountInvalid));
}

TEST(RouteAmountTest, ACurrencyWithoutLimitsHasNone) {
  const auto route = RouteWith("limits: {amounts: {USD: {min: 100, max: 500}}}\n");
  EXPECT_THAT(CheckRouteAmount(*route, "EUR", 1), IsOk());
  EXPECT_THAT(CheckRouteAmount(*RouteWith(""), "USD", 1), IsOk());
}

}  // namespace
}  // namespace cardvault
