#include "server/four_eyes.h"

#include <google/protobuf/descriptor.h>

#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {

bool IsCheckOnly(const google::protobuf::Message& request) {
  const google::protobuf::FieldDescriptor* field =
      request.GetDescriptor()->FindFieldByName("check_only");
  return field != nullptr && field->type() == google::protobuf::FieldDescriptor::TYPE_BOOL &&
         request.GetReflection()->GetBool(request, field);
}

absl::Status CheckFourEyes(const MethodRule& rule, const google::protobuf::Message& request,
                           VaultMode mode) {
  if (rule.act != Act::kFourEyes || mode != VaultMode::kProduction || IsCheckOnly(request)) {
    return absl::OkStatus();
  }
  return FailedPrecondition(
      ErrorReason::kFourEyes,
      "in production this takes effect by an approved change: propose it to another operator");
}

}  // namespace cardvault
