#ifndef CARDVAULT_SERVER_WIRE_FIELD_CHECKS_H_
#define CARDVAULT_SERVER_WIRE_FIELD_CHECKS_H_

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/map.h>
#include <google/protobuf/timestamp.pb.h>

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/error_text.h"
#include "base/id.h"
#include "tokenizer/token_view.h"

namespace cardvault {

inline constexpr size_t kMaxNameSize = 100;  // bytes of a cardholder's or customer's name
inline constexpr size_t kMaxTextSize = 255;  // bytes of an address line, an e-mail address
inline constexpr size_t kMaxUrlSize = 1024;  // bytes
inline constexpr absl::Duration kMinRetention = absl::Minutes(1);
inline constexpr absl::Duration kMaxRetention = absl::Hours(24 * 3653);  // ten years

// The id rule, and no card number written in groups ("4111-1111-..."): ids of callers are stored,
// shown and logged. INVALID_ARGUMENT (ID_INVALID, FIELD_MISSING).
absl::Status CheckCallersId(const std::string& text, FieldName field);

// A checked id of one kind.
template <typename IdOfKind>
absl::StatusOr<IdOfKind> ParseId(const std::string& text, FieldName field) {
  if (absl::Status status = CheckCallersId(text, field); !status.ok()) return status;
  return IdOfKind::Parse(text, field);
}

// nullopt for "", an error for anything that is not an id.
absl::StatusOr<std::optional<CustomerId>> OptionalCustomer(const std::string& text,
                                                           FieldName field);

// Checked and sorted labels; INVALID_ARGUMENT naming `field` for too many, a bad key or value.
absl::StatusOr<Labels> CheckedLabels(const google::protobuf::Map<std::string, std::string>& labels,
                                     FieldName field);

absl::StatusOr<absl::Duration> CheckedRetention(const google::protobuf::Duration& retention,
                                                FieldName field);

// Times of ours are always in range of a Timestamp.
google::protobuf::Timestamp ToTimestamp(absl::Time time);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_WIRE_FIELD_CHECKS_H_
