#include "tests/torture/store_tamper.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "audit/audit_leaf.h"
#include "audit/checkpoint.h"
#include "audit/compact_range.h"
#include "audit/signed_note.h"
#include "audit/testing/test_note_signer.h"
#include "audit/tree_hash.h"
#include "base/check.h"
#include "base/length_prefix.h"
#include "tests/testing/child_process.h"
#include "vault/commit/audit_nodes.h"
#include "vault/commit/kept_checkpoint.h"
#include "vault/engine/rocksdb_engine.h"
#include "vault/engine/table.h"

namespace cardvault::torture {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxZeros = 4096;
constexpr uint64_t kMaxCut = 40;
const std::string kForgersSeed(64, '9');  // NOLINT(runtime/string)

class Tamperer final {
 public:
  Tamperer(std::mt19937_64& random, std::string copy, const AuditScene& scene)
      : random_(random), copy_(std::move(copy)), scene_(scene) {}

  std::string Tamper() { return Below(2) == 0 ? TamperFile() : TamperRows(); }

 private:
  uint64_t Below(uint64_t limit) { return random_() % limit; }

  std::string TamperFile();
  std::string TamperRows();
  fs::path AnyFile();
  void PutBackOlder(const fs::path& file);

  std::string AnotherEntry(const KeyedRow& row);
  void CutTail(EngineBatch& batch);
  void Forge(EngineBatch& batch, uint64_t sequence, const std::string& entry);
  void KeepForged(EngineBatch& batch, uint64_t size, const TreeHash& root);
  std::string TamperCheckpoint(EngineBatch& batch);

  std::mt19937_64& random_;
  const std::string copy_;
  const AuditScene& scene_;
};

// Of what a database is made of, the files with the data more often than the others.
fs::path Tamperer::AnyFile() {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(copy_)) {
    const std::string name = entry.path().filename();
    const bool is_data = absl::EndsWith(name, ".sst") || absl::EndsWith(name, ".log");
    if (!is_data && !absl::StartsWith(name, "MANIFEST") && name != "CURRENT") continue;
    if (fs::file_size(entry.path()) > 0) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());  // the same draw of a seed on every machine
  CV_CHECK(!files.empty());
  return files[Below(files.size())];
}

void Tamperer::PutBackOlder(const fs::path& file) {
  const std::vector<std::string>& copies = scene_.earlier_copies();
  const fs::path older = fs::path(copies[Below(copies.size())]) / file.filename();
  if (fs::exists(older)) fs::copy_file(older, file, fs::copy_options::overwrite_existing);
}

std::string Tamperer::TamperFile() {
  const uint64_t way = Below(7);
  if (way == 0) {
    fs::remove_all(copy_);
    const std::vector<std::string>& copies = scene_.earlier_copies();
    CopyDataDirectory(copies[Below(copies.size())], copy_);
    return "an earlier copy of the directory is put back";
  }
  const fs::path file = AnyFile();
  const std::string name = file.filename();
  if (way == 1) {
    fs::remove(file);
    return absl::StrCat(name, " is deleted");
  }
  if (way == 2) {
    PutBackOlder(file);
    return absl::StrCat("an earlier ", name, " is put back");
  }
  std::string bytes = testing::ReadWholeFile(file);
  const size_t at = Below(bytes.size());
  if (way == 3) {
    testing::WriteWholeFile(file, bytes.substr(0, at));
    return absl::StrCat(name, " is cut at ", at);
  }
  if (way == 4) {
    const size_t count = std::min<size_t>(bytes.size() - at, 1 + Below(kMaxZeros));
    bytes.replace(at, count, count, '\0');
    testing::WriteWholeFile(file, bytes);
    return absl::StrCat("zeros in ", name, " at ", at);
  }
  bytes[at] = static_cast<char>(bytes[at] ^ (1 << Below(8)));
  testing::WriteWholeFile(file, bytes);
  return absl::StrCat("a bit of ", name, " at ", at);
}

std::string Tamperer::AnotherEntry(const KeyedRow& row) {
  absl::StatusOr<AuditEntry> entry = DecodeEntry(row.row.value);
  CV_CHECK(entry.ok());
  ++entry->leaf.count;
  return EncodeEntry(*entry);
}

void Tamperer::KeepForged(EngineBatch& batch, uint64_t size, const TreeHash& root) {
  for (const KeyedRow& kept : scene_.log().checkpoints) {
    batch.Delete(Table::kAuditCheckpoints, kept.key);
  }
  const TestNoteSigner forger(scene_.keys().front().name(), kForgersSeed);
  const NoteSigner* const signer = &forger;
  batch.Put(Table::kAuditCheckpoints, CheckpointKey(size),
            *SignCheckpoint({forger.key().name(), size, root}, {&signer, 1}), size);
}

// All that the store has of a log that ended earlier, so that nothing in it says otherwise.
void Tamperer::CutTail(EngineBatch& batch) {
  const LogImage& log = scene_.log();
  const uint64_t size = log.leaves.size();
  const uint64_t left = size - 1 - Below(std::min(size - 1, kMaxCut));
  for (uint64_t i = left; i < size; ++i) batch.Delete(Table::kAuditLeaves, log.leaves[i].key);
  for (const KeyedRow& node : log.nodes) {
    if (node.row.revision >= left) batch.Delete(Table::kAuditNodes, node.key);
  }
  for (const KeyedRow& kept : log.checkpoints) batch.Delete(Table::kAuditCheckpoints, kept.key);
}

// Another entry, and a tree that fits.
void Tamperer::Forge(EngineBatch& batch, uint64_t sequence, const std::string& entry) {
  CompactRange tree;
  for (const KeyedRow& leaf : scene_.log().leaves) {
    const bool is_forged = tree.size() == sequence;
    tree.Append(
        LeafHash(is_forged ? entry : leaf.row.value), [&](const NodeId& id, const TreeHash& hash) {
          if (id.level < kLowestStoredLevel) return;
          batch.Put(Table::kAuditNodes, AuditNodeKey(id), AuditNodeValue(hash), leaf.row.revision);
        });
  }
  KeepForged(batch, tree.size(), tree.Root());
}

std::string Tamperer::TamperCheckpoint(EngineBatch& batch) {
  const uint64_t size = scene_.log().leaves.size();
  CompactRange tree;
  for (const KeyedRow& leaf : scene_.log().leaves) {
    tree.Append(LeafHash(leaf.row.value), [](const NodeId&, const TreeHash&) {});
  }
  if (Below(2) == 0) {
    KeepForged(batch, size, tree.Root());
    return "the kept checkpoint is signed by another key";
  }
  // One that the log signed, as if it were of now.
  const std::vector<std::string> blocks = absl::StrSplit(scene_.sink(), "\n\n");
  batch.Put(Table::kAuditCheckpoints, CheckpointKey(size),
            absl::StrCat(blocks[0], "\n\n", blocks[1], "\n"), size);
  return "an earlier checkpoint is kept as the newest";
}

std::string Tamperer::TamperRows() {
  RocksDbOptions options;
  options.path = copy_;
  const absl::StatusOr<std::unique_ptr<RocksDbEngine>> engine = OpenRocksDbEngine(options);
  CV_CHECK(engine.ok());
  const std::unique_ptr<EngineBatch> batch = (*engine)->NewBatch();
  const LogImage& log = scene_.log();
  const KeyedRow& leaf = log.leaves[Below(log.leaves.size())];
  const KeyedRow& node = log.nodes[Below(log.nodes.size())];
  const uint64_t sequence = leaf.row.revision;
  std::string what;
  switch (Below(10)) {
    case 0:
    case 1:
      what = absl::StrCat("entry ", sequence, " is another");
      batch->Put(Table::kAuditLeaves, leaf.key, AnotherEntry(leaf), sequence);
      break;
    case 2:
      what = absl::StrCat("entry ", sequence, " is another, the tree and its checkpoint too");
      batch->Put(Table::kAuditLeaves, leaf.key, AnotherEntry(leaf), sequence);
      Forge(*batch, sequence, AnotherEntry(leaf));
      break;
    case 3:
      what = absl::StrCat("entry ", sequence, " is deleted");
      batch->Delete(Table::kAuditLeaves, leaf.key);
      break;
    case 4:
    case 5:
      what = "the log's end is cut off, with all that speaks of it";
      CutTail(*batch);
      break;
    case 6:
      what = "a node is another";
      batch->Put(Table::kAuditNodes, node.key, AuditNodeValue(LeafHash("another")),
                 node.row.revision);
      break;
    case 7:
      what = "a node is deleted";
      batch->Delete(Table::kAuditNodes, node.key);
      break;
    case 8: {
      const KeyedRow& other = log.leaves[Below(log.leaves.size())];
      what = absl::StrCat("entries ", sequence, " and ", other.row.revision, " change places");
      batch->Put(Table::kAuditLeaves, leaf.key, other.row.value, sequence);
      batch->Put(Table::kAuditLeaves, other.key, leaf.row.value, other.row.revision);
      break;
    }
    default:
      what = TamperCheckpoint(*batch);
  }
  CV_CHECK(batch->Commit().ok());
  return what;
}

}  // namespace

std::string TamperStore(std::mt19937_64& random, const std::string& copy, const AuditScene& scene) {
  return Tamperer(random, copy, scene).Tamper();
}

}  // namespace cardvault::torture
