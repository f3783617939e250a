#include "tokenizer/guarded_answer.h"

namespace cardvault {

AuditLeaf RefusalLeaf(RefusedCall call, const absl::Status& why) {
  AuditLeaf leaf{.action = call.action,
                 .outcome = AuditOutcome::kRefused,
                 .reason = ReasonOf(why),
                 .origin = std::move(call.origin),
                 .object = std::move(call.object)};
  if (why.code() == absl::StatusCode::kDataLoss) leaf.action = AuditAction::kRecordCorrupt;
  if (why.code() == absl::StatusCode::kDataLoss || why.code() == absl::StatusCode::kInternal) {
    leaf.outcome = AuditOutcome::kFailed;
  }
  return leaf;
}

absl::Status CheckGuard(const PanAdmission& pan, const RequestLog& log, absl::Time now,
                        WriteSet& set) {
  if (log.standing() == RequestLog::Standing::kAnswered) {
    RETURN_IF_ERROR(pan.CheckUnlocked(now, set));
  } else {
    RETURN_IF_ERROR(pan.Admit(now, set));
  }
  if (log.standing() == RequestLog::Standing::kNew) return absl::OkStatus();
  log.Hold(set);
  if (log.standing() == RequestLog::Standing::kAnswered) return absl::OkStatus();
  return AlreadyExists(ErrorReason::kRequestIdReused, "request_id",
                       "the request id was used for another request");
}

}  // namespace cardvault
