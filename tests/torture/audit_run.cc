#include "tests/torture/audit_run.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "audit/verifier/verdict.h"
#include "tests/torture/audit_scene.h"
#include "tests/torture/export_judges.h"
#include "tests/torture/export_tamper.h"
#include "tests/torture/log_image.h"
#include "tests/torture/schedule.h"
#include "tests/torture/store_tamper.h"
#include "vault/checkpoint/store_check.h"
#include "vault/checkpoint/store_verifier.h"
#include "vault/engine/rocksdb_reader.h"
#include "vault/engine/table.h"

namespace cardvault::torture {
namespace {

namespace fs = std::filesystem;

constexpr int kTamperingsOfAnExport = 4;
constexpr int kTamperingsOfTheStore = 10;
// A start takes longer than all else that is done to a store.
constexpr uint64_t kStartOneIn = 5;

// A store whose entries a check does not look at: it is shown those that were.
class UnreadLeaves final : public EngineSnapshot {
 public:
  UnreadLeaves(const EngineSnapshot& rows, const LogImage& was) : rows_(rows), was_(was) {}

  absl::StatusOr<std::vector<KeyedRow>> Scan(Table table, absl::string_view first_key,
                                             absl::string_view end_key,
                                             size_t max_rows) const override {
    if (table != Table::kAuditLeaves) return rows_.Scan(table, first_key, end_key, max_rows);
    std::vector<KeyedRow> found;
    for (const KeyedRow& row : was_.leaves) {
      if (row.key >= first_key && found.size() < max_rows) found.push_back(row);
    }
    return found;
  }
  absl::StatusOr<std::optional<KeyedRow>> Last(Table table) const override {
    if (table != Table::kAuditLeaves) return rows_.Last(table);
    return std::optional<KeyedRow>(was_.leaves.back());
  }

 private:
  const EngineSnapshot& rows_;
  const LogImage& was_;
};

std::string WordOf(const Verdict& verdict) {
  const absl::string_view word = VerdictText(verdict.word);
  return {word.data(), word.size()};
}

class AuditRun final {
 public:
  AuditRun(uint64_t seed, int run, std::string broken)
      : random_(Mix(seed, static_cast<uint64_t>(run))), broken_(std::move(broken)) {}

  AuditResult Play() && {
    scene_ = std::make_unique<AuditScene>(random_);
    result_.entry_count = scene_->log().leaves.size();
    result_.kills = scene_->kills();
    CheckExports();
    CheckStores();
    return std::move(result_);
  }

 private:
  bool looks_outside() const { return broken_ != kBreakAnchor; }

  void CheckExports();
  void CheckStores();
  void CheckStore(int number);
  Verdict VerifyCopy(const std::string& copy) const;
  bool IsAccepted(const std::string& word) const;

  std::mt19937_64 random_;
  const std::string broken_;
  std::unique_ptr<AuditScene> scene_;
  AuditResult result_;
};

bool AuditRun::IsAccepted(const std::string& word) const {
  return word == "intact" || word == "present" ||
         (!looks_outside() && (word == "intact-unanchored" || word == "present-unanchored"));
}

void AuditRun::CheckExports() {
  struct Question {
    std::string what;  // "" for what was not tampered with
    bool is_claimed = true;
  };
  std::vector<Question> questions;
  ExportJudges judges(scene_->keys());
  const auto ask = [&](const std::string& content, const std::string& notes, Question question) {
    judges.Ask(content, looks_outside() ? notes : "");
    questions.push_back(std::move(question));
  };
  for (const GivenExport& given : scene_->exports()) {
    if (given.notes.empty()) continue;
    ask(given.content, given.notes, {});
    if (given.is_early) {
      ask(given.content, scene_->sink(), {"an export from before is given as of now"});
    }
    for (int i = 0; i < kTamperingsOfAnExport; ++i) {
      TamperedExport tampered = TamperExport(random_, given, *scene_);
      if (tampered.content == given.content) continue;
      const bool is_claimed = !ClaimsNoMore(given, tampered.content);
      ask(tampered.content, given.notes, {tampered.what, is_claimed});
    }
  }
  const std::vector<ExportJudges::Judgement> judgements = judges.Answer();
  for (size_t i = 0; i < questions.size(); ++i) {
    const auto& [what, is_claimed] = questions[i];
    const auto& [ours, theirs] = judgements[i];
    const std::string words = absl::StrCat(ours, ", the auditor's own: ", theirs);
    if (what.empty()) {
      if (!IsAccepted(ours) || !IsAccepted(theirs)) {
        result_.false_alarms.push_back(absl::StrCat("an export as it was made: ", words));
      }
    } else if (!is_claimed && IsAccepted(ours) && IsAccepted(theirs)) {
      ++result_.unclaimed;
    } else {
      ++result_.tamperings;
      if (IsAccepted(ours) || IsAccepted(theirs)) {
        result_.undetected.push_back(absl::StrCat("an export, ", what, ": ", words));
      }
    }
  }
}

Verdict AuditRun::VerifyCopy(const std::string& copy) const {
  const StoreRequest request = {
      copy, scene_->keys(), looks_outside() ? scene_->sink_path() : "", {}};
  if (broken_ != kBreakNode) return VerifyStore(request);
  const absl::StatusOr<std::unique_ptr<EngineSnapshot>> rows = ReadRocksDb(copy);
  if (!rows.ok()) return VerifyStore(request);
  return CheckStoredLog(UnreadLeaves(**rows, scene_->log()), request);
}

void AuditRun::CheckStores() {
  const Verdict whole = VerifyCopy(scene_->data_directory());
  if (!IsAccepted(WordOf(whole))) {
    result_.false_alarms.push_back(absl::StrCat("a store as it was left: ", ReportOf(whole)));
  }
  for (int i = 0; i < kTamperingsOfTheStore; ++i) CheckStore(i);
  // Once more as it was left, for all that was done beside it.
  const std::string copy = scene_->data_directory() + "-copy";
  CopyDataDirectory(scene_->data_directory(), copy);
  if (!scene_->ServesCardsOn(copy)) {
    result_.false_alarms.push_back("a store as it was left: no server serves cards on it");
  }
  fs::remove_all(copy);
}

void AuditRun::CheckStore(int number) {
  const std::string copy = absl::StrCat(scene_->data_directory(), "-", number);
  CopyDataDirectory(scene_->data_directory(), copy);
  const std::string what = absl::StrCat("a store, ", TamperStore(random_, copy, *scene_));
  const std::optional<LogImage> is = ReadLogImage(copy);
  const bool is_harmless = is.has_value() && IsSameLog(scene_->log(), *is, scene_->sink());
  const Verdict verdict = VerifyCopy(copy);
  const bool is_accepted = IsAccepted(WordOf(verdict));
  if (is_harmless) {
    ++result_.harmless;
    if (!is_accepted) {
      result_.false_alarms.push_back(
          absl::StrCat(what, ", which changes no entry: ", ReportOf(verdict)));
    }
  } else {
    ++result_.tamperings;
    if (is_accepted) result_.undetected.push_back(absl::StrCat(what, ": ", ReportOf(verdict)));
    const bool has_other_entries =
        is.has_value() && !IsSameLog({scene_->log().leaves, {}, {}}, {is->leaves, {}, {}}, "");
    // So few entries are all read at a start. A server is not asked when a check is broken: it is
    // whole.
    if (has_other_entries && broken_.empty() && random_() % kStartOneIn == 0) {
      ++result_.starts;
      if (scene_->ServesCardsOn(copy)) {
        result_.undetected.push_back(absl::StrCat(what, ": a server serves cards on it"));
      }
    }
  }
  fs::remove_all(copy);
}

}  // namespace

AuditResult PlayAuditRun(uint64_t seed, int run, const std::string& broken) {
  return AuditRun(seed, run, broken).Play();
}

}  // namespace cardvault::torture
