#include "vault/checkpoint/log_health.h"

#include "base/status.h"

namespace cardvault {

absl::Status LogHealth::Check() {
  RETURN_IF_ERROR(space_.Check());
  for (const std::unique_ptr<SinkWriter>& sink : sinks_) {
    if (sink->is_required()) RETURN_IF_ERROR(sink->Check());
  }
  return absl::OkStatus();
}

}  // namespace cardvault
