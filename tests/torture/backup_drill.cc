#include "tests/torture/backup_drill.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/testing/vault_backups.h"
#include "tests/testing/vault_process.h"

namespace cardvault::torture {
namespace {

// A backup fails when the server is killed, or when the keys change in the very moment of its
// beginning.
constexpr int kMaxTries = 100;
constexpr absl::Duration kPause = absl::Milliseconds(20);

}  // namespace

void BackupDrill::MakeBackup() {
  for (int i = 0; i < kMaxTries; ++i) {
    const std::shared_ptr<const KeyStubs> stubs = arena_.stubs();
    const size_t before = book_.cards().size();
    const std::string id = testing::MakeBackup(*stubs->backups);
    if (!id.empty()) {
      id_ = id;
      acknowledged_before_ = before;
      return;
    }
    absl::SleepFor(kPause);
  }
  findings_.AddUnreadable("no backup becomes whole");
}

size_t BackupDrill::Restore(absl::FunctionRef<void()> at_loss,
                            absl::FunctionRef<void()> at_return) {
  if (id_.empty()) return 0;
  arena_.Restore(id_, at_loss, at_return);
  return book_.Lose(acknowledged_before_,
                    [this](const AcknowledgedCard& card) { return IsThere(card); });
}

bool BackupDrill::IsThere(const AcknowledgedCard& card) {
  testing::Call call;
  v1::GetTokenRequest request;
  request.set_token(card.token);
  v1::GetTokenResponse response;
  const grpc::Status status = arena_.stubs()->tokens->GetToken(call, request, &response);
  if (!status.ok() && status.error_code() != grpc::StatusCode::NOT_FOUND) {
    findings_.AddUnreadable(
        absl::StrCat("token ", card.token, " is not read after the restore: ", call.reason()));
  }
  return status.ok();
}

}  // namespace cardvault::torture
