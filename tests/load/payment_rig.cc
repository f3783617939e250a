#include "tests/load/payment_rig.h"

#include <grpcpp/support/status.h>
#include <rapidjson/document.h>

#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "card/test_pans.h"
#include "tests/load/closed_loop.h"
#include "tests/load/rig_call.h"
#include "tests/testing/card_generator.h"
#include "tests/testing/test_requests.h"

namespace cardvault::testing {
namespace {

constexpr char kCvv[] = "568";  // which the sandbox approves
constexpr char kShownId[] = "shown-0";
// Of that many cards in a row few enough share what the enumeration guard counts; when a load needs
// more they come again, each time as a new token.
constexpr int kCards = 10'000;
constexpr uint64_t kSeed = 1;
// To get cards and CVVs in before a load.
constexpr int kPreparing = 32;
// Above any delay that is asked of the gateway.
constexpr char kPatient[] = "timeouts: {connect: 10s, total: 50s}\n";

}  // namespace

PaymentRig::PaymentRig(int slow_millis) {
  const bool started = vault_.Start();
  if (!started) fputs(vault_.output().c_str(), stderr);
  CV_CHECK(started);
  gateway_ = std::make_unique<SandboxProcess>(vault_.pki());
  slow_gateway_ = std::make_unique<SandboxProcess>(vault_.pki(), slow_millis);
  vault_.ApplyRoute(gateway_->H2hRoute(kRoute, kMerchant, ca_file(), kPatient), kRoute,
                    "api_secret", kH2hSecret);
  vault_.ApplyRoute(
      slow_gateway_->H2hRoute(kSharedRoute, absl::StrCat(kMerchant, ", ", kOtherMerchant),
                              ca_file(), kPatient),
      kSharedRoute, "api_secret", kH2hSecret);
  for (const char* merchant : {kMerchant, kOtherMerchant}) {
    merchants_.push_back(
        {v1::TokenService::NewStub(vault_.MerchantChannel(MerchantUri(merchant, "ingest"))),
         v1::PaymentService::NewStub(vault_.MerchantChannel(MerchantUri(merchant, "pay-in")))});
  }
  CardGenerator generator(kSeed);
  for (int i = 0; i < kCards; ++i) cards_.push_back(generator.Pan());
}

PaymentRig::~PaymentRig() {
  merchants_.clear();
  vault_.Stop();
}

std::vector<std::string> PaymentRig::TokensWithCvv(int merchant, int count) {
  const std::string load = absl::StrCat("cvv-", ++loads_, "-");
  std::vector<std::string> tokens(count);
  TokenizeAll(
      *merchants_[merchant].ingest, kPreparing, [&](int index) { return index < count; },
      [&](int index) {
        return TokenizeOf(absl::StrCat(load, index), std::string(kVisaTestPan), kCvv);
      },
      [&](int index, const std::string& token) { tokens[index] = token; });
  return tokens;
}

std::vector<TimedCall> PaymentRig::Tokenize(int in_flight, const std::function<bool(int)>& more) {
  const std::string load = absl::StrCat("card-", ++loads_, "-");
  const int first = next_card_;
  std::vector<TimedCall> calls = TokenizeAll(
      *merchants_[0].ingest, in_flight, more,
      [&](int index) {
        return TokenizeOf(absl::StrCat(load, index), cards_[(first + index) % kCards], "");
      },
      [](int, const std::string&) {});
  next_card_ = (first + static_cast<int>(calls.size())) % kCards;
  return calls;
}

std::vector<TimedCall> PaymentRig::Pay(const std::vector<LoadPayment>& payments, int in_flight) {
  const int count = static_cast<int>(payments.size());
  return RunClosedLoop(
      in_flight, [&](int index) { return index < count; },
      [&](int index, std::function<void()> done) {
        const LoadPayment& payment = payments[index];
        auto pending = std::make_shared<PendingCall<v1::PayInRequest, v1::PayInResponse>>();
        pending->request = PayInOf(payment.route, payment.id, payment.token, payment.amount);
        merchants_[payment.merchant].pay->async()->PayIn(
            pending->call, &pending->request, &pending->response,
            [pending, done = std::move(done)](const grpc::Status& status) {
              CheckOk("PayIn", status, pending->call);
              const v1::Payment& answer = pending->response.payment();
              if (answer.state() != v1::PAYMENT_STATE_APPROVED) {
                fprintf(stderr, "PayIn: %s %s\n", v1::PaymentState_Name(answer.state()).c_str(),
                        answer.error_text().c_str());
              }
              CV_CHECK(answer.state() == v1::PAYMENT_STATE_APPROVED);
              done();
            });
      });
}

PlainPostMaker PaymentRig::PlainPosts(const std::string& token) const {
  Call call;
  v1::DryRunRequest request;
  *request.mutable_pay_in() = PayInOf(kRoute, kShownId, token, kAmount);
  v1::DryRunResponse shown;
  CheckOk("DryRun", merchants_[0].pay->DryRun(call, request, &shown), call);
  for (const v1::DryRunFault& fault : shown.faults()) fprintf(stderr, "%s\n", fault.text().c_str());
  CV_CHECK(shown.faults().empty());
  const std::string number(kVisaTestPan);
  const std::string masked = absl::StrCat(number.substr(0, 6), "******", number.substr(12));
  return PlainPostMaker(shown, kShownId, {number, masked, kCvv}, kH2hSecret);
}

std::map<std::string, absl::Duration> PaymentRig::HandlingTimes(const std::string& prefix,
                                                                size_t count) const {
  rapidjson::Document stats;
  stats.Parse(gateway_->Get(gateway_->h2h_port(),
                            absl::StrCat("/sandbox/stats?after=", prefix, "&count=", count)));
  CV_CHECK(stats.IsObject() && stats.HasMember("orders"));
  std::map<std::string, absl::Duration> times;
  for (const auto& order : stats["orders"].GetObject()) {
    CV_CHECK(order.value.HasMember("handling_us"));
    times.emplace(order.name.GetString(),
                  absl::Microseconds(order.value["handling_us"].GetInt64()));
  }
  return times;
}

int64_t PaymentRig::SlowPostCount() const {
  rapidjson::Document stats;
  stats.Parse(slow_gateway_->Get(slow_gateway_->h2h_port(), "/sandbox/stats?count=0"));
  CV_CHECK(stats.IsObject() && stats.HasMember("posts"));
  return stats["posts"].GetInt64();
}

}  // namespace cardvault::testing
