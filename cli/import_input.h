#ifndef CARDVAULT_CLI_IMPORT_INPUT_H_
#define CARDVAULT_CLI_IMPORT_INPUT_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "cli/import_columns.h"
#include "cli/line_reader.h"
#include "cli/row_text.h"

namespace cardvault::cli {

// Rows that are looked at before the first is sent.
inline constexpr size_t kLookAhead = 200;

enum class InputFormat { kDetect, kCsv, kJsonLines };

// The rows of an import, a line each, behind a look at its columns and its first rows. No text that
// it gives has anything of a row's values, nor of a name that could be one. Not thread-safe.
class ImportInput final {
 public:
  // Both outlive the input.
  ImportInput(LineReader& lines, const ImportColumns& columns);
  ImportInput(const ImportInput&) = delete;
  ImportInput& operator=(const ImportInput&) = delete;
  ~ImportInput();

  // Reads the header and looks ahead. What is wrong with the whole input, or "": then nothing of it
  // may be sent.
  std::string Open(InputFormat format);

  enum class Got { kRow, kBadRow, kEnd, kFailed, kStopped };
  // The next row. `fields` is good until the call after; of a bad row `problem` says what is wrong.
  Got Next();

  const std::vector<RowField>& fields() const { return fields_; }
  const char* problem() const { return problem_; }
  int64_t row() const { return row_; }    // from 1, empty lines not counted
  int64_t line() const { return line_; }  // from 1

 private:
  struct Line {
    LineReader::Got got;
    std::string text;
  };

  Line ReadLine();
  std::string CheckHeader();
  std::string CheckAhead();
  const char* Parse(std::string& text);

  LineReader& lines_;
  const ImportColumns& columns_;
  bool is_csv_ = true;
  std::string header_;  // what names_ lie in
  std::vector<absl::string_view> names_;
  std::vector<absl::string_view> values_;
  std::deque<Line> ahead_;
  std::string text_;  // of the row
  std::vector<RowField> fields_;
  const char* problem_ = nullptr;
  int64_t row_ = 0;
  int64_t line_ = 0;
};

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_IMPORT_INPUT_H_
