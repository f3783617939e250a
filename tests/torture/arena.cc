#include "tests/torture/arena.h"

#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace cardvault::torture {
namespace {

using testing::kMerchant;
using testing::MerchantUri;

// A slow answer comes well after the hasty routes gave up and well before the others do, and leaves
// time to kill the server while it is awaited.
constexpr int kSlowMillis = 300;
constexpr char kPatient[] = "timeouts: {connect: 2s, total: 4s}\n";
constexpr char kHasty[] = "timeouts: {connect: 150ms, total: 150ms}\n";

// "Not found" counts only when the latest booking (kLateMillis after the posting) lies far behind,
// on a loaded machine too: too early, and NOT_RECEIVED would be the harness's lie.
constexpr int kLateMillis = 200;
constexpr char kReconcile[] =
    "reconcile:\n  in_doubt_after: 50ms\n  pending_after: 150ms\n  max_interval: 400ms\n"
    "  not_found_after: 1500ms\n  not_found_interval: 200ms\n";

// Of the `h2h` section: what the sandbox's own dialect needs.
constexpr char kH2hMore[] =
    "  not_found_code: payment_not_found\n"
    "  notification:\n    canonical: \"{timestamp}|{nonce}|{body}\"\n"
    "    signature_header: X-MP-Signature\n    timestamp_header: X-MP-Timestamp\n"
    "    nonce_header: X-MP-Nonce\n";

}  // namespace

Arena::Arena(const std::string& daemon)
    : vault_(daemon), sandbox_(vault_.pki(), kSlowMillis, kLateMillis) {
  const bool started = vault_.Start();
  if (!started) fputs(vault_.output().c_str(), stderr);
  CV_CHECK(started);
  ApplyRoutes();
  MakeStubs();
}

void Arena::ApplyRoutes() {
  const std::string ca = vault_.directory().File("ca.pem");
  for (const auto& [name, timeouts] : {std::pair(kH2hRoute, kPatient), {kH2hHastyRoute, kHasty}}) {
    vault_.ApplyRoute(
        absl::StrCat(sandbox_.H2hRoute(name, kMerchant, ca, absl::StrCat(timeouts, kReconcile)),
                     kH2hMore),
        name, "api_secret", testing::kH2hSecret);
  }
  for (const auto& [name, timeouts] :
       {std::pair(kPraxisRoute, kPatient), {kPraxisHastyRoute, kHasty}}) {
    vault_.ApplyRoute(
        sandbox_.PraxisRoute(name, kMerchant, ca, absl::StrCat(timeouts, kReconcile)), name,
        "merchant_secret", testing::kPraxisSecret);
  }
}

void Arena::MakeStubs() {
  auto stubs = std::make_shared<Stubs>();
  const auto channel = [this](const char* role) {
    return vault_.MerchantChannel(MerchantUri(kMerchant, role));
  };
  stubs->ingest = v1::TokenService::NewStub(channel("ingest"));
  stubs->pay_in = v1::PaymentService::NewStub(channel("pay-in"));
  stubs->pay_out = v1::PaymentService::NewStub(channel("pay-out"));
  stubs->refund = v1::PaymentService::NewStub(channel("refund"));
  absl::MutexLock lock(&mutex_);
  stubs_ = std::move(stubs);
}

std::shared_ptr<const Stubs> Arena::stubs() {
  const auto is_up = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return stubs_ != nullptr; };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&is_up));
  return stubs_;
}

void Arena::KillAndRestart() {
  {
    // Before the kill: whoever sees a call fail of it then waits for the new server.
    absl::MutexLock lock(&mutex_);
    stubs_ = nullptr;
  }
  vault_.Kill();
  const bool started = vault_.Start();
  if (!started) fputs(vault_.output().c_str(), stderr);
  CV_CHECK(started);
  MakeStubs();
}

void Arena::ResetGateways() {
  for (const Gateway gateway : {Gateway::kH2h, Gateway::kPraxis}) {
    sandbox_.Post(Port(gateway), "/sandbox/reset", "");
  }
}

}  // namespace cardvault::torture
