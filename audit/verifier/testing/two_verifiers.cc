#include "audit/verifier/testing/two_verifiers.h"

#include <gtest/gtest.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "audit/note_key.h"
#include "audit/verifier/export_verifier.h"
#include "base/check.h"
#include "tests/testing/child_process.h"

namespace cardvault {
namespace {

std::string LineOf(const Verdict& verdict) {
  const VerdictPlace& place = verdict.place;
  return absl::StrCat(VerdictText(verdict.word), "\t", place.file.empty() ? "-" : place.file, "\t",
                      place.line == 0 ? "-" : absl::StrCat(place.line), "\t",
                      place.sequence.has_value() ? absl::StrCat(*place.sequence) : "-", "\t",
                      absl::StrReplaceAll(verdict.text, {{"\n", " / "}}));
}

std::string JsonOf(const VerifyRequest& request) {
  rapidjson::StringBuffer out;
  rapidjson::Writer<rapidjson::StringBuffer> writer(out);
  writer.StartObject();
  writer.Key("files");
  writer.StartArray();
  for (const std::string& file : request.files) writer.String(file);
  writer.EndArray();
  writer.Key("keys");
  writer.StartArray();
  for (const NoteKey& key : request.keys) writer.String(key.ToString());
  writer.EndArray();
  writer.Key("notes");
  writer.String(request.notes_path);
  writer.EndObject();
  return out.GetString();
}

}  // namespace

std::string TwoVerifiers::Write(const std::string& content) {
  const std::string path = directory_.File(absl::StrCat(file_count_++));
  testing::WriteWholeFile(path, content);
  return path;
}

Verdict TwoVerifiers::Verify(const VerifyCase& given) {
  VerifyRequest request;
  for (const std::string& content : given.exports) request.files.push_back(Write(content));
  for (const std::string& key : given.keys) request.keys.push_back(*NoteKey::Parse(key));
  if (!given.notes.empty()) request.notes_path = Write(given.notes);
  const Verdict verdict = VerifyExports(request);
  cases_.push_back(JsonOf(request));
  verdicts_.push_back(LineOf(verdict));
  return verdict;
}

TwoVerifiers::~TwoVerifiers() { Compare(); }

void TwoVerifiers::Compare() {
  const std::string cases = Write(absl::StrCat(absl::StrJoin(cases_, "\n"), "\n"));
  const testing::Finished finished =
      testing::RunToEnd({"/usr/bin/python3", "audit/verifier/testing/verify_cases.py",
                         "docs/verify/verify_audit_export.py", cases},
                        directory_.File("answers"));
  ASSERT_EQ(finished.exit_code, 0) << finished.output;
  const std::vector<std::string> answers = absl::StrSplit(finished.output, '\n');
  ASSERT_EQ(answers.size(), verdicts_.size() + 1);
  for (size_t i = 0; i < verdicts_.size(); ++i) EXPECT_EQ(answers[i], verdicts_[i]) << cases_[i];
}

}  // namespace cardvault
