#ifndef CARDVAULT_CLI_IMPORT_RESULTS_H_
#define CARDVAULT_CLI_IMPORT_RESULTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "cardvault/v1/token_service.pb.h"
#include "cli/output_file.h"

namespace cardvault::cli {

// "ROW EXTERNAL-ID TOKEN OUTCOME [REASON FIELD]", "-" for what is empty; with `json` an object of
// the same. With its line's end.
std::string ResultLine(const v1::ImportResult& result, bool json);

// A file of result lines behind one that names the import: what an import that was cut off goes on
// from. Not thread-safe.
class ResultsFile final {
 public:
  // Makes the file, or with `resume` goes on behind the last whole line of one of the same import.
  // Null, with the mistake in `problem`.
  static std::unique_ptr<ResultsFile> Open(const std::string& path, const std::string& import_id,
                                           bool resume, std::string& problem);

  // Whether the file had a token for this row. One bit a row.
  bool IsDone(int64_t row) const;

  // False when the file cannot be written.
  bool Write(absl::string_view line) { return file_->Write(line).ok(); }
  bool Flush() { return file_->Flush().ok(); }
  bool Finish() { return file_->Finish().ok(); }

 private:
  // What is wrong with the file, or "".
  std::string Read(const std::string& path, const std::string& first, uint64_t& size);

  std::vector<bool> done_;
  std::unique_ptr<OutputFile> file_;
};

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_IMPORT_RESULTS_H_
