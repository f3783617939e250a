#ifndef CARDVAULT_VAULT_RECORDS_ROW_FORMAT_H_
#define CARDVAULT_VAULT_RECORDS_ROW_FORMAT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/status.h"

namespace cardvault {

// The one format version of all messages of storage/v1/card_record.proto so far. What bears
// another was written by a later cardvault and is refused, never guessed at.
inline constexpr uint32_t kRowFormat = 1;

// The bytes of a row's value, the format version put in.
template <typename Message>
std::string EncodeRow(Message message) {
  message.set_format_version(kRowFormat);
  return message.SerializeAsString();
}

// DATA_LOSS for what does not parse or has an unknown format version.
template <typename Message>
absl::StatusOr<Message> DecodeRow(absl::string_view value) {
  Message message;
  if (!message.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
    return DataLoss("a stored row does not parse");
  }
  if (message.format_version() != kRowFormat) {
    return DataLoss("a stored row has an unknown format version");
  }
  return message;
}

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_RECORDS_ROW_FORMAT_H_
