#include "server/key_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "keys/key_state.h"
#include "keys/keyring_manager.h"
#include "server/wire/field_checks.h"

namespace cardvault {
namespace {

const char* StateWord(ReencryptionState state) {
  switch (state) {
    case ReencryptionState::kIdle:
      return "idle";
    case ReencryptionState::kRunning:
      return "running";
    case ReencryptionState::kPaused:
      return "paused";
    case ReencryptionState::kDone:
      return "done";
    case ReencryptionState::kFailed:
      return "failed";
  }
  return "unknown";
}

constexpr size_t kCheckValueDigits = 6;  // of three bytes
constexpr size_t kKekIdDigits = 32;      // of sixteen

bool IsHexadecimal(absl::string_view text, size_t digits) {
  return text.size() == digits && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

absl::Status CheckKekCheckValue(absl::string_view text) {
  if (IsHexadecimal(text, kCheckValueDigits)) return absl::OkStatus();
  return InvalidArgument(ErrorReason::kFieldInvalid, "check_value",
                         "a check value is six hexadecimal digits");
}

absl::Status CheckKekId(absl::string_view text) {
  if (IsHexadecimal(text, kKekIdDigits)) return absl::OkStatus();
  return InvalidArgument(ErrorReason::kFieldInvalid, "kek_id",
                         "a KEK's id is 32 hexadecimal digits");
}

admin::v1::KeyVersionInfo ShownKey(const KeyVersionInfo& key) {
  admin::v1::KeyVersionInfo shown;
  shown.set_purpose(std::string(PurposeName(key.purpose)));
  shown.set_version(static_cast<int32_t>(key.version));
  shown.set_algorithm(std::string(AlgorithmName(AlgorithmOf(key.purpose))));
  shown.set_strength_bits(StrengthBits(AlgorithmOf(key.purpose)));
  shown.set_state(static_cast<admin::v1::KeyState>(key.state));
  *shown.mutable_create_time() = ToTimestamp(key.create_time);
  if (key.use_end != absl::InfiniteFuture()) {
    *shown.mutable_expire_time() = ToTimestamp(key.use_end);
  }
  shown.set_reserved_use_count(static_cast<int64_t>(key.reserved_uses));
  shown.set_max_use_count(static_cast<int64_t>(key.max_uses));
  shown.set_check_value(key.check_value);
  return shown;
}

admin::v1::KekInfo ShownKek(const KekVersionInfo& kek) {
  admin::v1::KekInfo shown;
  shown.set_provider(kek.provider);
  shown.set_generation(static_cast<int32_t>(kek.generation));
  shown.set_check_value(kek.check_value);
  shown.set_state(kek.destroyed.has_value()        ? "destroyed"
                  : !kek.destruction_place.empty() ? "destroying"
                  : kek.retired.has_value()        ? "retired"
                                                   : "active");
  *shown.mutable_create_time() = ToTimestamp(kek.create_time);
  if (kek.retired.has_value()) *shown.mutable_retire_time() = ToTimestamp(*kek.retired);
  if (kek.destroyed.has_value()) *shown.mutable_destroy_time() = ToTimestamp(*kek.destroyed);
  return shown;
}

admin::v1::ReencryptionProgress ShownProgress(const ReencryptionProgress& progress) {
  admin::v1::ReencryptionProgress shown;
  shown.set_state(StateWord(progress.state));
  if (!progress.purpose.has_value()) return shown;
  shown.set_purpose(std::string(PurposeName(*progress.purpose)));
  shown.set_target_version(static_cast<int32_t>(progress.target_version));
  shown.set_done_count(static_cast<int64_t>(progress.done_count));
  if (progress.is_counted) shown.set_total_count(static_cast<int64_t>(progress.total_count));
  shown.set_failed_count(static_cast<int64_t>(progress.failed_count));
  shown.set_rows_per_second(progress.rows_per_second);
  if (progress.time_left != absl::InfiniteDuration()) {
    shown.set_seconds_left(absl::ToInt64Seconds(progress.time_left));
  }
  *shown.mutable_start_time() = ToTimestamp(progress.start_time);
  if (!progress.last_error.ok()) {
    shown.set_reason(std::string(ReasonName(ReasonOf(progress.last_error))));
    shown.set_problem(std::string(progress.last_error.message()));
  }
  return shown;
}

bool IsOverdue(const KeyVersionInfo& key, absl::Time now) {
  return CanEncrypt(key.state) && key.use_end - now <= kRotationGrace;
}

absl::StatusOr<KeyPurpose> PurposeNamed(const std::string& name) {
  for (const KeyPurpose purpose : AllPurposes()) {
    if (PurposeName(purpose) == name) return purpose;
  }
  return InvalidArgument(ErrorReason::kFieldInvalid, "purpose",
                         "there is no such purpose: ListKeys shows them");
}

}  // namespace cardvault
