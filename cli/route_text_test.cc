#include "cli/route_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cardvault::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// 2026-11-21 10:41:37Z
constexpr int64_t kSetSeconds = 1795257697;

admin::v1::GetRouteResponse Route() {
  admin::v1::GetRouteResponse response;
  admin::v1::RouteSummary& route = *response.mutable_route();
  route.set_name("cards-eu");
  route.set_connector("h2h");
  route.set_base_url("https://gateway.example");
  route.add_owners("shop-1");
  route.add_owners("shop-2");
  route.add_currencies("EUR");
  route.set_revision(17);
  admin::v1::CredentialStatus& credential = *route.add_credentials();
  credential.set_name("api_secret");
  response.mutable_reconcile()->mutable_in_doubt_after()->set_seconds(5);
  response.mutable_reconcile()->mutable_pending_after()->set_nanos(10'000'000);
  response.mutable_reconcile()->mutable_not_found_interval()->set_seconds(60);
  response.set_document("name: cards-eu\n");
  return response;
}

TEST(RouteTextTest, ShowsWhatHoldsAndTheDocumentLast) {
  const std::string text = RouteText(Route());
  EXPECT_EQ(text.rfind("route              cards-eu\nstate              enabled\n", 0), 0u) << text;
  EXPECT_THAT(text, HasSubstr("merchants          shop-1, shop-2\n"));
  EXPECT_THAT(text, HasSubstr("payments a minute  no cap\n"));
  EXPECT_THAT(text, HasSubstr("looked up in doubt    after 5s\n"));
  EXPECT_THAT(text, HasSubstr("looked up pending     after 10ms\n"));
  EXPECT_THAT(text, HasSubstr("not found counts      never\n"));
  EXPECT_THAT(text, ::testing::EndsWith("DOCUMENT\n--------\nname: cards-eu\n"));
  EXPECT_THAT(text, Not(HasSubstr("SMALLEST")));
}

TEST(RouteTextTest, ShowsLimitsAndADisabledRoute) {
  admin::v1::GetRouteResponse response = Route();
  response.mutable_route()->set_disabled(true);
  response.mutable_route()->mutable_limits()->set_payments_per_minute(600);
  admin::v1::AmountRange& range = *response.mutable_route()->mutable_limits()->add_amounts();
  range.set_currency("EUR");
  range.set_min(100);
  response.mutable_reconcile()->mutable_not_found_after()->set_seconds(120);
  const std::string text = RouteText(response);
  EXPECT_THAT(text, HasSubstr("state              disabled\n"));
  EXPECT_THAT(text, HasSubstr("payments a minute  600\n"));
  EXPECT_THAT(text, HasSubstr("EUR       100       no limit\n"));
  EXPECT_THAT(text, HasSubstr("not found counts      after 2m, twice, 1m apart\n"));
}

TEST(RouteTextTest, ShowsTheDatesOfCredentials) {
  admin::v1::GetRouteResponse response = Route();
  EXPECT_THAT(RouteText(response), HasSubstr("api_secret  not set\n"));
  EXPECT_EQ(CredentialNames(response.route()), "api_secret (not set)");
  admin::v1::CredentialStatus& credential = *response.mutable_route()->mutable_credentials(0);
  credential.set_is_set(true);
  credential.mutable_set_time()->set_seconds(kSetSeconds);
  EXPECT_THAT(RouteText(response), HasSubstr("api_secret  2026-11-21 10:41:37Z\n"));
  EXPECT_EQ(CredentialNames(response.route()), "api_secret");
  credential.mutable_previous_set_time()->set_seconds(kSetSeconds - 3600);
  EXPECT_THAT(RouteText(response), HasSubstr("2026-11-21 10:41:37Z  2026-11-21 09:41:37Z\n"));
  EXPECT_EQ(CredentialNames(response.route()), "api_secret (in rotation)");
}

}  // namespace
}  // namespace cardvault::cli
