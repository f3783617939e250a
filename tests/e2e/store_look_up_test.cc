// Until when payments are looked up upstream in a store that was admitted, and what operators say
// of it. Promises 5 and 7.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "cardvault/admin/v1/store_service.grpc.pb.h"
#include "tests/testing/child_process.h"
#include "tests/testing/payment_stage.h"
#include "tests/testing/test_requests.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

using admin::v1::StoreService;
using ::testing::HasSubstr;

class StoreLookUpTest : public ::testing::Test {
 protected:
  VaultProcess& vault() { return stage_.vault(); }

  void Restart() {
    ASSERT_EQ(vault().Stop(), 0) << vault().output();
    ASSERT_TRUE(vault().Start()) << vault().output();
    stage_.Connect();
  }

  Finished Cardvault(std::vector<std::string> words) {
    words.insert(words.begin(), {"cli/cardvault", "--profile", vault().WriteProfile()});
    return RunToEnd(words, vault().directory().File("out"));
  }

  std::string ReasonOf(const admin::v1::ChangeLookUpRequest& request) {
    Call call;
    admin::v1::ChangeLookUpResponse response;
    EXPECT_FALSE(StoreService::NewStub(vault().AdminChannel(kOperatorUri))
                     ->ChangeLookUp(call, request, &response)
                     .ok());
    return call.reason() + " " + call.field();
  }

  PaymentStage stage_;
};

// An H2H gateway of which nobody knows how it says "not found": the operators' word ends it.
TEST_F(StoreLookUpTest, OperatorsSayThatItIsEnough) {
  admin::v1::ChangeLookUpRequest request;
  request.set_ends_now(true);
  EXPECT_EQ(ReasonOf(request), "KEY_STATE ");  // never restored
  stage_.AddH2hRoute("psp");
  const std::string token = stage_.Token("card-1");
  WriteWholeFile(vault().directory().File("machine-id"), "another\n");
  ASSERT_NO_FATAL_FAILURE(Restart());
  ASSERT_EQ(Cardvault({"store", "admit", "--deletions-unknown"}).exit_code, 0);
  EXPECT_EQ(stage_.Try(PayInOf("psp", "pay-1", token, 1200)).reason, "ROUTE_UNKNOWN");
  ASSERT_EQ(Cardvault({"route", "enable", "psp"}).exit_code, 0);

  ASSERT_EQ(stage_.Token("card-1"), token);  // with its code
  EXPECT_EQ(stage_.Try(PayInOf("psp", "pay-1", token, 1200)).reason, "LOOK_UP_FAILED");
  EXPECT_THAT(Cardvault({"store", "show"}).output, HasSubstr("route psp cannot be looked up"));

  EXPECT_EQ(ReasonOf({}), "FIELD_MISSING look_up_until");
  request.mutable_look_up_until()->set_seconds(absl::ToUnixSeconds(absl::Now() + absl::Hours(1)));
  EXPECT_EQ(ReasonOf(request), "FIELD_INVALID look_up_until");  // both
  request.set_ends_now(false);
  request.mutable_look_up_until()->set_seconds(
      absl::ToUnixSeconds(absl::Now() + absl::Hours(367 * 24)));
  EXPECT_EQ(ReasonOf(request), "FIELD_INVALID look_up_until");
  EXPECT_EQ(Cardvault({"store", "look-up", "--until", "soon"}).exit_code, 2);
  const Finished ended = Cardvault({"store", "look-up", "--until", "now"});
  EXPECT_EQ(ended.exit_code, 0) << ended.output;
  EXPECT_EQ(StateName(stage_.Pay(PayInOf("psp", "pay-1", token, 1200))), "APPROVED");
  EXPECT_EQ(Cardvault({"store", "show"}).output.find("cannot be looked up"), std::string::npos);

  ASSERT_NO_FATAL_FAILURE(Restart());
  const std::string other = stage_.Token("card-3");
  EXPECT_EQ(StateName(stage_.Pay(PayInOf("psp", "pay-2", other, 1200))), "APPROVED");
  // And later again.
  const std::string later =
      absl::FormatTime(absl::RFC3339_sec, absl::Now() + absl::Hours(1), absl::UTCTimeZone());
  EXPECT_THAT(Cardvault({"store", "look-up", "--until", later}).output,
              HasSubstr("looks payments up until"));
  EXPECT_EQ(stage_.Try(PayInOf("psp", "pay-3", stage_.Token("card-4"), 1200)).reason,
            "LOOK_UP_FAILED");
}

}  // namespace
}  // namespace cardvault::testing
