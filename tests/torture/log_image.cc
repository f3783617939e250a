#include "tests/torture/log_image.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "audit/checkpoint.h"
#include "audit/signed_note.h"
#include "vault/commit/kept_checkpoint.h"
#include "vault/commit/log_cut.h"
#include "vault/engine/rocksdb_reader.h"
#include "vault/engine/table.h"

namespace cardvault::torture {
namespace {

constexpr size_t kAllRows = 10'000'000;

bool IsSame(const std::vector<KeyedRow>& was, const std::vector<KeyedRow>& is) {
  return std::equal(
      was.begin(), was.end(), is.begin(), is.end(), [](const KeyedRow& a, const KeyedRow& b) {
        return a.key == b.key && a.row.value == b.row.value && a.row.revision == b.row.revision;
      });
}

bool IsGenuine(const KeyedRow& kept, const std::string& sink) {
  const absl::StatusOr<SignedNote> note = ParseNote(kept.row.value);
  const absl::StatusOr<Checkpoint> said = note.ok() ? ParseCheckpoint(note->text) : note.status();
  return said.ok() && kept.key == CheckpointKey(said->size) && kept.row.revision >= said->size &&
         sink.find(absl::StrCat(kept.row.value, "\n")) != std::string::npos;
}

}  // namespace

std::optional<LogImage> ReadLogImage(const EngineSnapshot& rows) {
  LogImage image;
  // Where the log begins stands beside the vault's identity: without it nobody can judge the rest.
  if (!ReadLogCut(rows).ok()) return std::nullopt;
  for (const auto& [table, into] :
       {std::pair(Table::kAuditLeaves, &image.leaves), std::pair(Table::kAuditNodes, &image.nodes),
        std::pair(Table::kAuditCheckpoints, &image.checkpoints)}) {
    absl::StatusOr<std::vector<KeyedRow>> found = rows.Scan(table, "", "", kAllRows);
    if (!found.ok()) return std::nullopt;
    *into = *std::move(found);
  }
  return image;
}

std::optional<LogImage> ReadLogImage(const std::string& data_directory) {
  const absl::StatusOr<std::unique_ptr<EngineSnapshot>> rows = ReadRocksDb(data_directory);
  return rows.ok() ? ReadLogImage(**rows) : std::nullopt;
}

bool IsSameLog(const LogImage& was, const LogImage& is, const std::string& sink) {
  return IsSame(was.leaves, is.leaves) && IsSame(was.nodes, is.nodes) &&
         std::all_of(is.checkpoints.begin(), is.checkpoints.end(),
                     [&](const KeyedRow& kept) { return IsGenuine(kept, sink); });
}

}  // namespace cardvault::torture
