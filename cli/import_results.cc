#include "cli/import_results.h"

#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/words.h"

namespace cardvault::cli {
namespace {

// Of a file that is damaged or no such file: beyond it a row number is not believed.
constexpr int64_t kMostRows = int64_t{1} << 32;

std::string Dash(const std::string& text) { return text.empty() ? "-" : text; }

std::string FirstLine(const std::string& import_id) {
  return absl::StrCat("# cardvault import ", import_id, "\n");
}

}  // namespace

std::string ResultLine(const v1::ImportResult& result, bool json) {
  const std::string outcome = EnumWord(result.outcome(), "IMPORT_OUTCOME_");
  if (json) {  // nothing that stands here needs an escape: ids, tokens and words of ours
    return absl::StrCat("{\"row\":", result.row(), ",\"external_id\":\"", result.external_id(),
                        "\",\"token\":\"", result.token(), "\",\"outcome\":\"", outcome,
                        "\",\"reason\":\"", result.reason(), "\",\"field\":\"", result.field(),
                        "\"}\n");
  }
  std::string line = absl::StrCat(result.row(), " ", Dash(result.external_id()), " ",
                                  Dash(result.token()), " ", outcome);
  if (!result.reason().empty()) {
    absl::StrAppend(&line, " ", result.reason(), " ", Dash(result.field()));
  }
  return line + "\n";
}

std::string ResultsFile::Read(const std::string& path, const std::string& first, uint64_t& size) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::StrCat(path, " cannot be read: there is nothing to resume");
  std::string line;
  if (!std::getline(in, line) || in.eof() || line + "\n" != first) {
    return absl::StrCat(path, " is not the results of this import: its first line names another");
  }
  size = first.size();
  // A last line without its end was cut off.
  while (std::getline(in, line) && !in.eof()) {
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
    int64_t row = 0;
    if (words.size() < 4 || !absl::SimpleAtoi(words[0], &row) || row < 1 || row > kMostRows) {
      return absl::StrCat(path, " has a line that is no result");
    }
    size += line.size() + 1;
    if (!absl::StartsWith(words[2], "tok_")) continue;
    if (done_.size() <= static_cast<size_t>(row)) done_.resize(static_cast<size_t>(row) + 1);
    done_[static_cast<size_t>(row)] = true;
  }
  return "";
}

std::unique_ptr<ResultsFile> ResultsFile::Open(const std::string& path,
                                               const std::string& import_id, bool resume,
                                               std::string& problem) {
  std::unique_ptr<ResultsFile> results(new ResultsFile);
  uint64_t size = 0;
  if (resume) {
    problem = results->Read(path, FirstLine(import_id), size);
    if (!problem.empty()) return nullptr;
  }
  results->file_ = OutputFile::Open(path, resume ? OutputFile::Mode::kCut : OutputFile::Mode::kNew,
                                    size, problem);
  if (results->file_ == nullptr) return nullptr;
  if (!resume) results->Write(FirstLine(import_id));
  return results;
}

bool ResultsFile::IsDone(int64_t row) const {
  return static_cast<size_t>(row) < done_.size() && done_[static_cast<size_t>(row)];
}

}  // namespace cardvault::cli
