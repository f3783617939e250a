#include "tests/load/token_rig.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/check.h"
#include "tests/load/closed_loop.h"
#include "tests/load/rig_call.h"
#include "tests/testing/card_generator.h"
#include "tests/testing/test_requests.h"

namespace cardvault::testing {
namespace {

constexpr char kBreakVariable[] = "CARDVAULT_BREAK";
constexpr char kKey[] = "pan";
constexpr char kKeyOfNothing[] = "cursor";
// As PaymentRig: few enough share what the enumeration guard counts.
constexpr int kCards = 10'000;
constexpr uint64_t kSeed = 2;
// What Get goes around: enough that nothing is the last one's row.
constexpr size_t kKeptTokens = 10'000;

}  // namespace

TokenRig::TokenRig(const std::string& daemon, const std::string& without) : vault_(daemon) {
  if (!without.empty()) setenv(kBreakVariable, without.c_str(), 1);
  const bool started = vault_.Start();
  if (!without.empty()) unsetenv(kBreakVariable);
  if (!started) fputs(vault_.output().c_str(), stderr);
  CV_CHECK(started);
  CardGenerator generator(kSeed);
  for (int i = 0; i < kCards; ++i) cards_.push_back(generator.Pan());
  tokens_.resize(kKeptTokens);
  Connect();
}

TokenRig::~TokenRig() { vault_.Stop(); }

void TokenRig::Connect() {
  ingest_ = vault_.Ingest();
  reader_ = vault_.Tokens();
  keys_ = admin::v1::KeyService::NewStub(vault_.AdminChannel(kOperatorUri));
}

std::vector<TimedCall> TokenRig::Tokenize(int in_flight, const std::function<bool(int)>& more) {
  const std::string load = absl::StrCat("card-", ++loads_, "-");
  return TokenizeAll(
      *ingest_, in_flight, more,
      [&](int index) { return TokenizeOf(absl::StrCat(load, index), cards_[index % kCards], ""); },
      [&](int index, const std::string& token) {
        if (static_cast<size_t>(index) < kKeptTokens) tokens_[index] = token;
      });
}

std::vector<TimedCall> TokenRig::Get(int in_flight, const std::function<bool(int)>& more) {
  size_t count = 0;
  while (count < kKeptTokens && !tokens_[count].empty()) ++count;
  CV_CHECK(count > 0);
  return RunClosedLoop(in_flight, more, [&](int index, std::function<void()> done) {
    auto pending = std::make_shared<PendingCall<v1::GetTokenRequest, v1::GetTokenResponse>>();
    pending->request.set_token(tokens_[index % count]);
    reader_->async()->GetToken(pending->call, &pending->request, &pending->response,
                               [pending, done = std::move(done)](const grpc::Status& status) {
                                 CheckOk("GetToken", status, pending->call);
                                 done();
                               });
  });
}

void TokenRig::StartReencryption() {
  Call rotate;
  admin::v1::RotateKeyRequest next;
  next.set_purpose(kKey);
  admin::v1::RotateKeyResponse rotated;
  CheckOk("RotateKey", keys_->RotateKey(rotate, next, &rotated), rotate);
  Call start;
  admin::v1::StartReencryptionRequest request;
  request.set_purpose(kKey);
  admin::v1::StartReencryptionResponse response;
  CheckOk("StartReencryption", keys_->StartReencryption(start, request, &response), start);
}

bool TokenRig::IsReencrypting() {
  Call call;
  const auto watch = keys_->WatchReencryption(call, {});
  admin::v1::ReencryptionProgress progress;
  CV_CHECK(watch->Read(&progress));
  call->TryCancel();
  return progress.state() == "running";
}

int TokenRig::KeyVersions() const {
  Call call;
  admin::v1::ListKeysResponse listed;
  CheckOk("ListKeys", keys_->ListKeys(call, {}, &listed), call);
  return listed.keys_size();
}

void TokenRig::MakeKeyVersions(int versions) {
  int newest = 1;
  for (int made = KeyVersions(); made < versions; ++made, ++newest) {
    // Compromised, as a rotated one of its kind would be forgotten in time.
    Call call;
    admin::v1::MarkKeyCompromisedRequest request;
    request.set_purpose(kKeyOfNothing);
    request.set_version(newest);
    admin::v1::MarkKeyCompromisedResponse response;
    CheckOk("MarkKeyCompromised", keys_->MarkKeyCompromised(call, request, &response), call);
  }
}

absl::Duration TokenRig::Restart() {
  CV_CHECK(vault_.Stop() == 0);
  const absl::Time begin = absl::Now();
  CV_CHECK(vault_.Start());
  const absl::Duration took = absl::Now() - begin;
  Connect();
  return took;
}

}  // namespace cardvault::testing
