#include "server/status_conversion.h"

#include <string>

#include "base/status.h"

namespace cardvault {

grpc::Status ToGrpcStatus(const absl::Status& status, grpc::ServerContextBase& context) {
  if (status.ok()) return grpc::Status::OK;
  const ErrorReason reason = ReasonOf(status);
  if (reason == ErrorReason::kUnspecified) {
    context.AddTrailingMetadata("cardvault-reason",
                                std::string(ReasonName(ErrorReason::kInternal)));
    return grpc::Status(grpc::StatusCode::INTERNAL, "internal error");
  }
  context.AddTrailingMetadata("cardvault-reason", std::string(ReasonName(reason)));
  const absl::string_view field = FieldOf(status);
  if (!field.empty()) context.AddTrailingMetadata("cardvault-field", std::string(field));
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()));
}

}  // namespace cardvault
