#include "tests/torture/export_judges.h"

#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "audit/verifier/export_verifier.h"
#include "audit/verifier/verdict.h"
#include "base/check.h"
#include "tests/testing/child_process.h"

namespace cardvault::torture {

std::string ExportJudges::Write(const std::string& content) {
  const std::string path = directory_.File(absl::StrCat(file_count_++));
  testing::WriteWholeFile(path, content);
  return path;
}

void ExportJudges::Ask(const std::string& content, const std::string& notes) {
  VerifyRequest request;
  request.files = {Write(content)};
  request.keys = keys_;
  if (!notes.empty()) request.notes_path = Write(notes);
  const absl::string_view word = VerdictText(VerifyExports(request).word);
  judgements_.push_back({std::string(word.data(), word.size()), ""});
  // Paths and verifier keys need no escapes in JSON.
  absl::StrAppend(&cases_, R"({"files":[")", request.files[0], R"("],"keys":[)",
                  absl::StrJoin(keys_, ",",
                                [](std::string* out, const NoteKey& key) {
                                  absl::StrAppend(out, "\"", key.ToString(), "\"");
                                }),
                  R"(],"notes":")", request.notes_path, "\"}\n");
}

std::vector<ExportJudges::Judgement> ExportJudges::Answer() {
  const testing::Finished finished =
      testing::RunToEnd({"/usr/bin/python3", "audit/verifier/testing/verify_cases.py",
                         "docs/verify/verify_audit_export.py", Write(cases_)},
                        directory_.File("answers"));
  if (finished.exit_code != 0) fputs(finished.output.c_str(), stderr);
  CV_CHECK(finished.exit_code == 0);
  const std::vector<std::string> lines = absl::StrSplit(finished.output, '\n');
  CV_CHECK(lines.size() == judgements_.size() + 1);
  for (size_t i = 0; i < judgements_.size(); ++i) {
    judgements_[i].theirs = lines[i].substr(0, lines[i].find('\t'));
  }
  return std::move(judgements_);
}

}  // namespace cardvault::torture
