#include "server/wire/field_checks.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "card/free_text.h"
#include "tokenizer/token_desk.h"

namespace cardvault {

absl::Status CheckCallersId(const std::string& text, FieldName field) {
  RETURN_IF_ERROR(CheckId(text, field));
  if (HoldsCardNumber(text)) {
    return InvalidArgument(ErrorReason::kIdInvalid, field, "an id holds no card number");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<CustomerId>> OptionalCustomer(const std::string& text,
                                                           FieldName field) {
  if (text.empty()) return std::optional<CustomerId>();
  ASSIGN_OR_RETURN(CustomerId customer, ParseId<CustomerId>(text, field));
  return std::optional<CustomerId>(std::move(customer));
}

absl::StatusOr<Labels> CheckedLabels(const google::protobuf::Map<std::string, std::string>& labels,
                                     FieldName field) {
  if (labels.size() > kMaxLabels) {
    return InvalidArgument(ErrorReason::kFieldInvalid, field, "more than 16 labels");
  }
  Labels checked;
  for (const auto& [key, value] : labels) {
    RETURN_IF_ERROR(CheckCallersId(key, field));
    RETURN_IF_ERROR(CheckFreeText(value, kMaxLabelValueSize, field));
    checked.emplace_back(key, value);
  }
  std::sort(checked.begin(), checked.end());
  return checked;
}

absl::StatusOr<absl::Duration> CheckedRetention(const google::protobuf::Duration& retention,
                                                FieldName field) {
  // Compared as seconds first: absurd numbers must not overflow on the way to a Duration.
  if (retention.seconds() < absl::ToInt64Seconds(kMinRetention) ||
      retention.seconds() > absl::ToInt64Seconds(kMaxRetention) || retention.nanos() < 0 ||
      retention.nanos() > 999999999) {
    return InvalidArgument(ErrorReason::kFieldInvalid, field, "not 1 minute to 10 years");
  }
  return absl::Seconds(retention.seconds()) + absl::Nanoseconds(retention.nanos());
}

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  const int64_t seconds = absl::ToUnixSeconds(time);
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return timestamp;
}

}  // namespace cardvault
