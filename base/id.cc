#include "base/id.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

// A card number has 12 digits or more.
constexpr size_t kDigitRunLimit = 12;

bool IsIdChar(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == ':' ||
         c == '-';
}

}  // namespace

absl::Status CheckId(absl::string_view text, FieldName field) {
  if (text.empty()) {
    return InvalidArgument(ErrorReason::kFieldMissing, field, "this id is required");
  }
  if (text.size() > kMaxIdSize) {
    return InvalidArgument(ErrorReason::kIdInvalid, field, "an id has at most 50 characters");
  }
  if (!std::all_of(text.begin(), text.end(), IsIdChar)) {
    return InvalidArgument(ErrorReason::kIdInvalid, field,
                           "an id has only letters, digits and the characters . _ : -");
  }
  size_t run = 0;
  for (const char c : text) {
    run = absl::ascii_isdigit(static_cast<unsigned char>(c)) ? run + 1 : 0;
    if (run == kDigitRunLimit) {
      return InvalidArgument(ErrorReason::kIdInvalid, field,
                             "an id has no run of 12 or more digits: it could be a card number");
    }
  }
  return absl::OkStatus();
}

}  // namespace cardvault
