#include "audit/verifier/export_verifier.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "audit/export/export_header.h"
#include "audit/export/export_reader.h"
#include "audit/verifier/filtered_export.h"
#include "audit/verifier/log_chain.h"
#include "audit/verifier/open_export.h"
#include "audit/verifier/trusted_checkpoint.h"
#include "base/check.h"

namespace cardvault {
namespace {

// A range file, as its first line says before anybody saw who signed it.
struct RangeFile {
  uint64_t first = 0;
  std::string path;
};

struct Files {
  std::string vault;
  std::map<uint32_t, std::vector<RangeFile>> ranges;       // by the log's number
  std::vector<std::pair<std::string, uint32_t>> filtered;  // with the log's number
  uint64_t entry_count = 0;                                // of ranges
};

Problem SortFiles(const std::vector<std::string>& paths, Files& files) {
  for (const std::string& path : paths) {
    std::unique_ptr<ExportReader> reader;
    LogName log;
    RETURN_IF_PROBLEM(OpenFile(path, reader, log));
    if (!files.vault.empty() && files.vault != log.vault) {
      return Verdict{
          VerdictWord::kForeignLog, "the file is of another vault than the first", {path, 1, {}}};
    }
    files.vault = log.vault;
    const ExportHeader& header = reader->header();
    if (header.kind == ExportKind::kFiltered) {
      files.filtered.emplace_back(path, log.number);
      continue;
    }
    files.ranges[log.number].push_back({header.first, path});
    files.entry_count += header.end - header.first;
  }
  for (auto& [log, ranges] : files.ranges) {
    std::stable_sort(ranges.begin(), ranges.end(),
                     [](const RangeFile& a, const RangeFile& b) { return a.first < b.first; });
  }
  return std::nullopt;
}

// Of several good verdicts: the first one that no outside checkpoint confirms speaks for all.
void Add(Verdict verdict, std::optional<Verdict>& all) {
  if (!all.has_value()) {
    all = std::move(verdict);
    return;
  }
  if (all->anchored()) all->word = verdict.word;
  absl::StrAppend(&all->text, "\n", verdict.text);
}

}  // namespace

Verdict VerifyExports(const VerifyRequest& request) {
  CV_CHECK(!request.files.empty());
  Files files;
  RETURN_IF_PROBLEM(SortFiles(request.files, files));
  VerifyContext context;
  context.keys = request.keys;
  context.notes_path = request.notes_path;
  if (request.progress) {
    context.progress = [&](uint64_t done) { request.progress(done, files.entry_count); };
  }
  std::optional<Verdict> all;
  // The newest log first: it says of the one before where it ended.
  std::optional<DeclaredRestore> restore;
  for (auto log = files.ranges.rbegin(); log != files.ranges.rend(); ++log) {
    const auto& [number, ranges] = *log;
    if (restore.has_value() && restore->restored.log != number) restore.reset();
    LogChain chain(context, {files.vault, number}, restore);
    RETURN_IF_PROBLEM(chain.Begin());
    for (const RangeFile& file : ranges) RETURN_IF_PROBLEM(chain.AddFile(file.path));
    Verdict verdict = chain.Finish();
    if (!verdict.good()) return verdict;
    Add(std::move(verdict), all);
    restore = chain.restore();
  }
  for (const auto& [path, number] : files.filtered) {
    Verdict verdict = VerifyFiltered(path, {files.vault, number}, context);
    if (!verdict.good()) return verdict;
    Add(std::move(verdict), all);
  }
  return *all;
}

}  // namespace cardvault
