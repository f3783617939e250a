#ifndef CARDVAULT_CLI_SAD_CHECK_H_
#define CARDVAULT_CLI_SAD_CHECK_H_

#include "absl/strings/string_view.h"

namespace cardvault::cli {

// Sensitive authentication data (CVV, magnetic stripe, PIN) has no place in an import: it must not
// be kept once a card was authorized, so an input that has it should not exist. Thread-safe.

// By a column's name, whatever its case and spacing: "CVV2", "Security Code", "track_1", "PIN".
bool IsSadName(absl::string_view name);

// By a value: three or four digits and nothing else.
bool LooksLikeCvv(absl::string_view value);

// By a value: what a magnetic stripe holds, "%B4111...^NAME^..." or ";4111...=...".
bool HoldsTrackData(absl::string_view value);

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_SAD_CHECK_H_
