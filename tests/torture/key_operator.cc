#include "tests/torture/key_operator.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/testing/vault_process.h"

namespace cardvault::torture {
namespace {

using testing::Call;

// A job of a small store takes tens of milliseconds; one that hangs ends the run.
constexpr absl::Duration kPoll = absl::Milliseconds(5);
constexpr int kMaxPolls = 6000;
// Between pause and resume: traffic passes.
constexpr absl::Duration kPaused = absl::Milliseconds(10);
constexpr int kMaxStarts = 20;
// Each rewrites files.
constexpr int kMaxDestroyed = 3;

bool IsGone(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE;
}

}  // namespace

void KeyOperator::Do(const KeyStep& step) {
  switch (step.kind) {
    case KeyStep::Kind::kRotate:
      return Rotate(step.purpose);
    case KeyStep::Kind::kReencrypt:
      return Reencrypt(step.purpose);
    case KeyStep::Kind::kPause:
      return Pause(step.purpose);
    case KeyStep::Kind::kCompromise:
      return Compromise(step.purpose);
    case KeyStep::Kind::kDestroy:
      return Destroy(step.purpose);
    case KeyStep::Kind::kRotateKek:
      return RotateKek();
    case KeyStep::Kind::kRestartHsm:
    case KeyStep::Kind::kBackup:
    case KeyStep::Kind::kRestore:
      return;
  }
}

void KeyOperator::Report(const std::string& what, const grpc::Status& status, const Call& call) {
  findings_.AddUnreadable(absl::StrCat(what, " is refused: ", static_cast<int>(status.error_code()),
                                       " ", call.reason(), " ", status.error_message()));
}

void KeyOperator::Rotate(const std::string& purpose) {
  settled_.erase(purpose);
  Call call;
  admin::v1::RotateKeyRequest request;
  request.set_purpose(purpose);
  admin::v1::RotateKeyResponse response;
  const grpc::Status status = arena_.stubs()->keys->RotateKey(call, request, &response);
  if (!status.ok() && !IsGone(status)) Report(absl::StrCat("rotation of ", purpose), status, call);
}

void KeyOperator::TryRotation() {
  settled_.erase("pan");
  Call call;
  admin::v1::RotateKeyRequest request;
  request.set_purpose("pan");
  admin::v1::RotateKeyResponse response;
  arena_.stubs()->keys->RotateKey(call, request, &response);
}

void KeyOperator::Compromise(const std::string& purpose) {
  std::vector<admin::v1::KeyVersionInfo> versions;
  if (!ListVersions(purpose, versions)) return;
  settled_.erase(purpose);
  for (const admin::v1::KeyVersionInfo& version : versions) {
    if (version.state() != admin::v1::KEY_STATE_ACTIVE) continue;
    Call call;
    admin::v1::MarkKeyCompromisedRequest request;
    request.set_purpose(purpose);
    request.set_version(version.version());
    admin::v1::MarkKeyCompromisedResponse response;
    const grpc::Status status = arena_.stubs()->keys->MarkKeyCompromised(call, request, &response);
    if (!status.ok() && !IsGone(status)) {
      Report(absl::StrCat("compromise of ", purpose), status, call);
    }
  }
}

bool KeyOperator::StartJob(const std::string& purpose) {
  for (int i = 0; i < kMaxStarts; ++i) {
    Call call;
    admin::v1::StartReencryptionRequest request;
    request.set_purpose(purpose);
    admin::v1::StartReencryptionResponse response;
    const grpc::Status status = arena_.stubs()->keys->StartReencryption(call, request, &response);
    if (status.ok()) return true;
    if (status.error_code() == grpc::StatusCode::ABORTED) {
      WaitForJob();  // of another purpose
    } else if (!IsGone(status)) {
      Report(absl::StrCat("re-encryption of ", purpose), status, call);
      return false;
    }
  }
  findings_.AddUnreadable(absl::StrCat("re-encryption of ", purpose, " does not begin"));
  return false;
}

bool KeyOperator::ReadProgress(admin::v1::ReencryptionProgress& progress) {
  Call call;
  const std::shared_ptr<const KeyStubs> stubs = arena_.stubs();
  const auto reader = stubs->keys->WatchReencryption(call, {});
  const bool is_read = reader->Read(&progress);
  call->TryCancel();
  reader->Finish();
  return is_read;
}

void KeyOperator::WaitForJob() {
  for (int i = 0; i < kMaxPolls; ++i) {
    admin::v1::ReencryptionProgress progress;
    if (ReadProgress(progress)) {
      if (progress.state() == "failed" || progress.failed_count() > 0) {
        findings_.AddUnreadable(absl::StrCat("re-encryption of ", progress.purpose(), " leaves ",
                                             progress.failed_count(),
                                             " rows: ", progress.problem()));
        return;
      }
      if (progress.state() == "paused") {
        Call call;
        admin::v1::ResumeReencryptionResponse response;
        arena_.stubs()->keys->ResumeReencryption(call, {}, &response);
      } else if (progress.state() != "running") {
        if (progress.state() == "done") settled_[progress.purpose()] = progress.target_version();
        return;
      }
    }
    absl::SleepFor(kPoll);
  }
  findings_.AddUnreadable("a re-encryption does not end");
}

void KeyOperator::Reencrypt(const std::string& purpose) {
  if (StartJob(purpose)) WaitForJob();
}

void KeyOperator::Pause(const std::string& purpose) {
  if (!StartJob(purpose)) return;
  // It may be over: NOT_FOUND.
  const auto is_fine = [](const grpc::Status& status) {
    return status.ok() || IsGone(status) || status.error_code() == grpc::StatusCode::NOT_FOUND;
  };
  Call pause;
  admin::v1::PauseReencryptionResponse paused;
  const grpc::Status stopped = arena_.stubs()->keys->PauseReencryption(pause, {}, &paused);
  if (!is_fine(stopped)) Report("a pause", stopped, pause);
  absl::SleepFor(kPaused);
  Call resume;
  admin::v1::ResumeReencryptionResponse resumed;
  const grpc::Status goes_on = arena_.stubs()->keys->ResumeReencryption(resume, {}, &resumed);
  if (!is_fine(goes_on)) Report("a resumption", goes_on, resume);
}

bool KeyOperator::ListVersions(const std::string& purpose,
                               std::vector<admin::v1::KeyVersionInfo>& versions) {
  Call call;
  admin::v1::ListKeysResponse response;
  const grpc::Status status = arena_.stubs()->keys->ListKeys(call, {}, &response);
  if (!status.ok()) {
    if (!IsGone(status)) Report("a list of the keys", status, call);
    return false;
  }
  for (const admin::v1::KeyVersionInfo& key : response.keys()) {
    if (key.purpose() == purpose && key.state() != admin::v1::KEY_STATE_DESTROYED) {
      versions.push_back(key);
    }
  }
  return true;
}

void KeyOperator::Destroy(const std::string& purpose) {
  std::vector<admin::v1::KeyVersionInfo> versions;
  if (!ListVersions(purpose, versions)) return;
  int tried = 0;
  for (const admin::v1::KeyVersionInfo& version : versions) {
    if (version.state() == admin::v1::KEY_STATE_ACTIVE || ++tried > kMaxDestroyed) break;
    Call call;
    admin::v1::DestroyKeyRequest request;
    request.set_purpose(purpose);
    request.set_version(version.version());
    admin::v1::DestroyKeyResponse response;
    const grpc::Status status = arena_.stubs()->keys->DestroyKey(call, request, &response);
    if (status.ok()) continue;
    if (IsGone(status)) return;
    // Something rests under it: which must not be after all was moved, but for what the enumeration
    // guard keeps of the fingerprint key, and the guard and requests of the row-index key, for a
    // day.
    const auto settled = settled_.find(purpose);
    const bool may_be = call.reason() == "KEY_STATE" &&
                        (purpose == "fingerprint" || purpose == "row-index" ||
                         settled == settled_.end() || settled->second != versions.back().version());
    if (!may_be) {
      Report(absl::StrCat("destruction of ", purpose, " ", version.version()), status, call);
    }
  }
}

void KeyOperator::RotateKek() {
  Call rotate;
  admin::v1::RotateKekResponse rotated;
  const grpc::Status made = arena_.stubs()->keys->RotateKek(rotate, {}, &rotated);
  if (!made.ok()) {
    if (!IsGone(made)) Report("rotation of the KEK", made, rotate);
    return;
  }
  Call list;
  admin::v1::ListKeysResponse keys;
  if (!arena_.stubs()->keys->ListKeys(list, {}, &keys).ok()) return;
  for (const admin::v1::KekInfo& kek : keys.keks()) {
    if (kek.state() != "retired") continue;
    const std::optional<bool> is_backed_up = IsBackedUp(kek.check_value());
    if (!is_backed_up.has_value()) return;
    Call destroy;
    admin::v1::DestroyKekRequest request;
    request.set_check_value(kek.check_value());
    admin::v1::DestroyKekResponse response;
    const grpc::Status gone = arena_.stubs()->keys->DestroyKek(destroy, request, &response);
    if (IsGone(gone)) return;
    if (*is_backed_up) {
      if (gone.ok()) findings_.AddUnreadable("a KEK is destroyed that a listed backup needs");
      continue;
    }
    if (!gone.ok()) Report("destruction of a KEK", gone, destroy);
  }
}

std::optional<bool> KeyOperator::IsBackedUp(const std::string& check_value) {
  Call call;
  admin::v1::ListBackupsResponse listed;
  if (!arena_.stubs()->backups->ListBackups(call, {}, &listed).ok()) return std::nullopt;
  return std::any_of(
      listed.backups().begin(), listed.backups().end(),
      [&](const admin::v1::Backup& backup) { return backup.kek_check_value() == check_value; });
}

}  // namespace cardvault::torture
