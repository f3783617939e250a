#include "tests/torture/arena.h"

#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "cardvault/admin/v1/backup_service.grpc.pb.h"
#include "tests/testing/vault_backups.h"

namespace cardvault::torture {
namespace {

using testing::kMerchant;
using testing::MerchantUri;

// A slow answer comes well after the hasty routes gave up and well before the others do, and leaves
// time to kill the server while it is awaited.
constexpr int kSlowMillis = 300;
constexpr char kPatient[] = "timeouts: {connect: 500ms, total: 1s}\n";
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
  Start();
  for (const Gateway gateway : kGateways) {
    const RouteNames& names = RoutesOf(gateway);
    CV_CHECK(ApplyRoute(gateway, names.plain, RouteDocument(gateway, names.plain, kPatient)));
    CV_CHECK(ApplyRoute(gateway, names.hasty, RouteDocument(gateway, names.hasty, kHasty)));
  }
  MakeStubs();
}

std::string Arena::RouteDocument(Gateway gateway, const char* name, const char* timeouts) const {
  const std::string ca = vault_.directory().File("ca.pem");
  const std::string more = absl::StrCat(timeouts, kReconcile);
  return gateway == Gateway::kH2h
             ? absl::StrCat(sandbox_.H2hRoute(name, kMerchant, ca, more), kH2hMore)
             : sandbox_.PraxisRoute(name, kMerchant, ca, more);
}

bool Arena::ApplyRoute(Gateway gateway, const char* name, const std::string& document) {
  const bool is_h2h = gateway == Gateway::kH2h;
  return vault_.TryApplyRoute(document, name, is_h2h ? "api_secret" : "merchant_secret",
                              is_h2h ? testing::kH2hSecret : testing::kPraxisSecret);
}

bool Arena::SetOutage(bool is_outage) {
  for (const Gateway gateway : kGateways) {
    const char* const name = RoutesOf(gateway).flaky;
    std::string document = RouteDocument(gateway, name, kPatient);
    // Not by another address: that would be another account, of which no payment is asked.
    if (is_outage) {
      document = absl::StrReplaceAll(
          document, {{"allow_private_addresses: true", "allow_private_addresses: false"}});
    }
    if (!ApplyRoute(gateway, name, document)) return false;
  }
  return true;
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

void Arena::Kill() {
  {
    // Before the kill: whoever sees a call fail of it then waits for the new server.
    absl::MutexLock lock(&mutex_);
    stubs_ = nullptr;
  }
  vault_.Kill();
}

void Arena::Start() {
  const bool started = vault_.Start();
  if (!started) fputs(vault_.output().c_str(), stderr);
  CV_CHECK(started);
}

void Arena::KillAndRestart() {
  Kill();
  Start();
  MakeStubs();
}

bool Arena::MakeBackup() {
  const auto backups =
      admin::v1::BackupService::NewStub(vault_.AdminChannel(testing::kOperatorUri));
  backup_ = testing::MakeBackup(*backups);
  if (backup_.empty()) return false;
  backup_key_ = testing::CheckpointKey(vault_);
  return true;
}

void Arena::Restore(absl::FunctionRef<void()> meanwhile) {
  Kill();
  meanwhile();
  // A gateway that is asked too early, and truly says "not found", is believed (SECURITY.md).
  absl::SleepFor(absl::Milliseconds(2 * kLateMillis));
  testing::RestoreBackup(vault_, vault_.data_directory(), backup_, backup_key_);
  Start();
  testing::AdmitStore(vault_);
  MakeStubs();
}

void Arena::ResetGateways() {
  for (const Gateway gateway : kGateways) {
    sandbox_.Post(Port(gateway), "/sandbox/reset", "");
  }
}

}  // namespace cardvault::torture
