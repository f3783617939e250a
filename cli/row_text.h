#ifndef CARDVAULT_CLI_ROW_TEXT_H_
#define CARDVAULT_CLI_ROW_TEXT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace cardvault::cli {

// One value of a row; both lie in the line, or in the header, that they were read from.
struct RowField {
  absl::string_view name;
  absl::string_view value;
};

// Both take a line apart in its own bytes, so that no value is copied, and answer what is wrong
// with it, a literal, or nullptr. Values are views into `line`, which must not move. UTF-8 alone.

// Comma-separated values with quotes as RFC 4180 has them, but for line breaks inside quotes: a row
// is one line, so that a quote that is missing spoils no other row.
const char* ParseCsvLine(std::string& line, std::vector<absl::string_view>& values);

// One JSON object of texts, numbers (as they are written), true, false and null (as nothing).
const char* ParseJsonLine(std::string& line, std::vector<RowField>& fields);

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_ROW_TEXT_H_
