#ifndef CARDVAULT_CLI_WORDS_H_
#define CARDVAULT_CLI_WORDS_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/timestamp.pb.h>

#include <string>

#include "absl/strings/string_view.h"

namespace cardvault::cli {

// "2026-11-21 10:41:37Z"; "" for an absent time.
std::string TimeText(const google::protobuf::Timestamp& time);

// The last words of an enum value's name: "TOKEN_STATE_ACTIVE" -> "ACTIVE"; "" for unspecified.
template <typename Enum>
std::string EnumWord(Enum value, absl::string_view prefix);

// "19.99 USD" for 1999 and 2 digits is more than the command line knows of currencies: minor units
// are shown as they are, "1999 USD (minor units)".
std::string AmountText(long long amount, const std::string& currency);

// Reads the whole of a file, or of a pipe. Answers what is wrong with it ("is not a file"), or ""
// when all is well.
std::string ReadTextFile(const std::string& path, std::string& text);

std::string WordAfterPrefix(absl::string_view name, absl::string_view prefix);

template <typename Enum>
std::string EnumWord(Enum value, absl::string_view prefix) {
  const google::protobuf::EnumValueDescriptor* found =
      google::protobuf::GetEnumDescriptor<Enum>()->FindValueByNumber(static_cast<int>(value));
  return found == nullptr ? "" : WordAfterPrefix(found->name(), prefix);
}

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_WORDS_H_
