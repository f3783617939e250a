#include "tests/torture/key_arena.h"

#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "forwarder/testing/route_documents.h"
#include "tests/testing/child_process.h"

namespace cardvault::torture {
namespace {

using testing::kMerchant;
using testing::MerchantUri;

constexpr char kRoute[] = "cards-h2h";
constexpr char kCredential[] = "api_secret";

}  // namespace

KeyArena::KeyArena(const std::string& daemon, bool uses_hsm)
    : hsm_(uses_hsm ? std::optional<SoftHsm>(std::in_place) : std::nullopt),
      vault_(daemon, KekSection()) {
  Start();
  vault_.ApplyRoute(kH2hRouteDocument, kRoute, kCredential, "the first secret");
}

std::string KeyArena::KekSection() {
  if (!hsm_.has_value()) return testing::kFileKek;
  const std::string pin = pin_directory_.File("pin");
  testing::WriteWholeFile(pin, SoftHsm::kPin);
  return absl::StrCat("provider: pkcs11\n  module: ", SoftHsm::kModulePath,
                      "\n  token_label: ", SoftHsm::kTokenLabel,
                      "\n  key_label: kek\n  pin_file: ", pin);
}

std::shared_ptr<const KeyStubs> KeyArena::stubs() {
  const auto is_up = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return stubs_ != nullptr; };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&is_up));
  return stubs_;
}

void KeyArena::Kill() {
  {
    // Before the kill: whoever sees a call fail of it then waits for the new server.
    absl::MutexLock lock(&mutex_);
    stubs_ = nullptr;
  }
  vault_.Kill();
}

void KeyArena::Start() {
  const bool started = vault_.Start();
  if (!started) fputs(vault_.output().c_str(), stderr);
  CV_CHECK(started);
  auto stubs = std::make_shared<KeyStubs>();
  stubs->ingest = vault_.Ingest();
  stubs->tokens = vault_.Tokens();
  stubs->keys = admin::v1::KeyService::NewStub(vault_.AdminChannel(testing::kOperatorUri));
  stubs->system = vault_.System();
  absl::MutexLock lock(&mutex_);
  stubs_ = std::move(stubs);
}

void KeyArena::KillAndRestart(absl::FunctionRef<void()> meanwhile) {
  Kill();
  meanwhile();
  Start();
}

void KeyArena::RestartHsm(absl::FunctionRef<void()> without_hsm,
                          absl::FunctionRef<void()> meanwhile) {
  hsm_->TakeAway();
  without_hsm();
  Kill();
  meanwhile();
  CV_CHECK(!vault_.Start());
  hsm_->BringBack();
  Start();
}

void KeyArena::End(bool by_kill) {
  if (by_kill) {
    vault_.Kill();
  } else {
    const int exit_code = vault_.Stop();
    if (exit_code != 0) fputs(vault_.output().c_str(), stderr);
    CV_CHECK(exit_code == 0);
  }
}

bool KeyArena::TryStart(absl::FunctionRef<bool()> serves) {
  if (!vault_.Start()) return false;
  const bool served = serves();
  vault_.Kill();
  return served;
}

grpc::Status KeyArena::SetCredential(const KeyStubs& stubs, grpc::ClientContext* context,
                                     const std::string& secret) {
  admin::v1::SetRouteCredentialRequest request;
  request.set_route(kRoute);
  request.set_name(kCredential);
  request.set_secret(secret);
  admin::v1::SetRouteCredentialResponse response;
  return stubs.system->SetRouteCredential(context, request, &response);
}

}  // namespace cardvault::torture
