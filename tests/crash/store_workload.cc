#include "tests/crash/store_workload.h"

#include <array>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "base/length_prefix.h"
#include "vault/commit/write_set.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

// Every version of an object has a row in each of these.
constexpr std::array kTables = {Table::kRecords, Table::kTokenIndex, Table::kIdempotency,
                                Table::kPayments};
constexpr uint64_t kObjectsPerWriter = 40;
constexpr size_t kMaxValueSize = 700;
constexpr size_t kScanRows = 1000;

// Of a deletion that came through although it was reported as failed: there is no row to ask.
constexpr uint64_t kUnknownRevision = ~uint64_t{0};

// "3/17/2": writer, object, version. Every version writes two entries that name it.
std::string VersionName(const std::string& object, uint64_t version) {
  return absl::StrCat(object, "/", version);
}

std::string ValueOf(const std::string& version_name, Table table) {
  std::string value = absl::StrCat(version_name, " ", static_cast<int>(table), " ");
  uint64_t hash = 1469598103934665603u;
  for (const char c : value) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  value.append(hash % kMaxValueSize, static_cast<char>('a' + hash % 23));
  return value;
}

AuditLeaf LeafOf(AuditAction action, std::string version_name) {
  AuditLeaf leaf{};
  leaf.action = action;
  leaf.origin.principal = "spiffe://crash.test/merchant/m/tokens";
  leaf.object = std::move(version_name);
  return leaf;
}

}  // namespace

StoreWorkload::Writer& StoreWorkload::WriterOf(int number) {
  const auto [it, is_new] = writers_.try_emplace(number);
  if (is_new) it->second.random.seed(seed_ + static_cast<uint64_t>(number));
  return it->second;
}

bool StoreWorkload::Step(int writer_number, const Engine& engine, CommitPipeline& pipeline) {
  WriteSet set;
  uint64_t object_number = 0;
  std::string name;
  State next;
  {
    absl::MutexLock lock(&mutex_);
    Writer& writer = WriterOf(writer_number);
    object_number = writer.random() % kObjectsPerWriter;
    Object& object = writer.objects[object_number];
    name = absl::StrCat(writer_number, "/", object_number);
    const State& now = object.acknowledged;
    const bool exists = now.version != 0 && !now.deleted;
    if (!object.unanswered.has_value()) {
      object.unanswered = State{now.version + 1, exists && writer.random() % 5 == 0, 0};
    }
    next = *object.unanswered;
    const std::string version_name = VersionName(name, next.version);
    for (const Table table : kTables) {
      set.preconditions.push_back(exists ? Precondition::Unchanged(table, name, now.revision)
                                         : Precondition::Absent(table, name));
      if (next.deleted) {
        set.deletes.push_back({table, name});
      } else {
        set.puts.push_back({table, name, ValueOf(version_name, table)});
      }
    }
    set.leaves = {LeafOf(next.deleted ? AuditAction::kTokenDeleted : AuditAction::kTokenUpdated,
                         version_name),
                  LeafOf(AuditAction::kCvvDeposited, version_name)};
  }

  const CommitResult result = pipeline.SubmitAndWait(std::move(set));
  if (result.committed()) {
    next.revision = result.revision;
  } else if (result.kind == CommitResult::Kind::kConditionFailed) {
    // Nobody else writes this object: the try that was reported as failed came through.
    const absl::StatusOr<std::optional<Row>> row = engine.Get(kTables[0], name);
    if (!row.ok()) return false;
    next.revision = row->has_value() ? (*row)->revision : kUnknownRevision;
  }

  absl::MutexLock lock(&mutex_);
  if (result.kind == CommitResult::Kind::kFailed) {
    ++refused_;
    return false;
  }
  ++acknowledged_;
  Object& object = WriterOf(writer_number).objects[object_number];
  object.acknowledged = next;
  object.unanswered.reset();
  return true;
}

CrashFindings StoreWorkload::Check(const Engine& engine) {
  CrashFindings findings;

  // The log: without gaps, and which versions it tells of, by their first entry.
  std::map<std::string, uint64_t> first_entry;
  std::map<std::string, int> entry_count;
  uint64_t next = 0;
  while (true) {
    const absl::StatusOr<std::vector<KeyedRow>> rows =
        engine.Scan(Table::kAuditLeaves, BigEndian64(next), "", kScanRows);
    if (!rows.ok()) {
      ++findings.log_gaps;
      break;
    }
    if (rows->empty()) break;
    for (const KeyedRow& row : *rows) {
      const absl::StatusOr<AuditEntry> entry = DecodeEntry(row.row.value);
      if (!entry.ok() || row.key != BigEndian64(next) || entry->sequence != next) {
        ++findings.log_gaps;
        next = ReadBigEndian64(row.key) + 1;
        continue;
      }
      first_entry.try_emplace(entry->leaf.object, next);
      ++entry_count[entry->leaf.object];
      ++next;
    }
  }
  findings.log_entries = next;

  absl::MutexLock lock(&mutex_);
  for (auto& [number, writer] : writers_) {
    for (auto& [object_number, object] : writer.objects) {
      ++findings.objects;
      CheckObject(engine, absl::StrCat(number, "/", object_number), object, first_entry, findings);
    }
  }
  for (const auto& [version_name, count] : entry_count) {
    if (version_name.find('/') != std::string::npos && count != 2) ++findings.unlogged;
  }
  return findings;
}

void StoreWorkload::CheckObject(const Engine& engine, const std::string& name, Object& object,
                                const std::map<std::string, uint64_t>& logged,
                                CrashFindings& findings) {
  std::vector<std::optional<Row>> rows;
  for (const Table table : kTables) {
    absl::StatusOr<std::optional<Row>> row = engine.Get(table, name);
    if (!row.ok()) {
      ++findings.lost;
      return;
    }
    rows.push_back(*std::move(row));
  }

  const auto is = [&](const State& state) {
    for (size_t i = 0; i < kTables.size(); ++i) {
      const bool must_exist = state.version != 0 && !state.deleted;
      if (rows[i].has_value() != must_exist) return false;
      if (!must_exist) continue;
      if (rows[i]->value != ValueOf(VersionName(name, state.version), kTables[i])) return false;
      if (rows[i]->revision != rows[0]->revision) return false;
    }
    return true;
  };
  const auto logged_at = [&](const State& state) -> std::optional<uint64_t> {
    const auto it = logged.find(VersionName(name, state.version));
    if (it == logged.end()) return std::nullopt;
    return it->second;
  };

  if (object.unanswered.has_value()) {
    State& unanswered = *object.unanswered;
    const std::optional<uint64_t> place = logged_at(unanswered);
    if (place.has_value() != is(unanswered) && !(is(unanswered) && is(object.acknowledged))) {
      ++findings.half;
    }
    if (place.has_value()) {
      unanswered.revision = *place;
      object.acknowledged = unanswered;
    }
    object.unanswered.reset();
  }

  const State& state = object.acknowledged;
  if (!is(state)) {
    // Which kind of wrong: nothing there or an older version is a loss, a mixture is half a set.
    bool mixed = false;
    for (size_t i = 1; i < kTables.size(); ++i) {
      if (rows[i].has_value() != rows[0].has_value()) mixed = true;
      if (rows[i].has_value() && rows[0].has_value() && rows[i]->revision != rows[0]->revision) {
        mixed = true;
      }
    }
    ++(mixed ? findings.half : findings.lost);
    return;
  }
  if (state.version == 0) return;
  const std::optional<uint64_t> place = logged_at(state);
  if (!place.has_value()) {
    ++findings.unlogged;
  } else if (*place != state.revision && state.revision != kUnknownRevision) {
    ++findings.foreign;
  } else if (!state.deleted && rows[0]->revision != state.revision) {
    ++findings.foreign;
  }
}

int StoreWorkload::acknowledged_count() const {
  absl::MutexLock lock(&mutex_);
  return acknowledged_;
}

int StoreWorkload::refused_count() const {
  absl::MutexLock lock(&mutex_);
  return refused_;
}

}  // namespace cardvault
