#include "vault/engine/testing/fake_engine.h"

#include <cstdint>
#include <utility>

#include "base/check.h"

namespace cardvault {
namespace {

std::string ToString(absl::string_view view) { return std::string(view.data(), view.size()); }

size_t Index(Table table) { return static_cast<size_t>(table); }

}  // namespace

// Its own writes stand in an overlay until Commit: nullopt is a deleted row.
class FakeEngine::Batch final : public EngineBatch {
 public:
  explicit Batch(FakeEngine& engine) : engine_(engine) {}

  absl::StatusOr<std::optional<size_t>> FirstBroken(
      const std::vector<Precondition>& preconditions) override {
    for (size_t i = 0; i < preconditions.size(); ++i) {
      if (!Holds(preconditions[i])) return i;
    }
    return std::nullopt;
  }

  bool Holds(const Precondition& precondition) const {
    std::optional<Row> row;
    const auto own = writes_.find({precondition.table, precondition.key});
    if (own != writes_.end()) {
      row = own->second;
    } else {
      row = *engine_.Get(precondition.table, precondition.key);
    }
    switch (precondition.kind) {
      case Precondition::Kind::kAbsent:
        return !row.has_value();
      case Precondition::Kind::kUnchanged:
        return row.has_value() && row->revision == precondition.revision;
    }
    return false;
  }

  void Put(Table table, absl::string_view key, absl::string_view value,
           uint64_t revision) override {
    writes_[{table, ToString(key)}] = Row{ToString(value), revision};
  }

  void Delete(Table table, absl::string_view key) override {
    writes_[{table, ToString(key)}] = std::nullopt;
  }

  absl::Status Commit() override {
    CV_CHECK(!committed_);
    committed_ = true;
    absl::MutexLock lock(&engine_.mutex_);
    for (auto& [place, row] : writes_) {
      Rows& rows = engine_.tables_[Index(place.first)];
      if (row.has_value()) {
        rows[place.second] = *std::move(row);
      } else {
        rows.erase(place.second);
      }
    }
    return absl::OkStatus();
  }

 private:
  FakeEngine& engine_;
  std::map<std::pair<Table, std::string>, std::optional<Row>> writes_;
  bool committed_ = false;
};

absl::StatusOr<std::optional<Row>> FakeEngine::Get(Table table, absl::string_view key) const {
  absl::MutexLock lock(&mutex_);
  const Rows& rows = tables_[Index(table)];
  const auto it = rows.find(ToString(key));
  if (it == rows.end()) return std::optional<Row>();
  return std::optional<Row>(it->second);
}

std::vector<KeyedRow> FakeEngine::ScanOf(const Rows& rows, absl::string_view first_key,
                                         absl::string_view end_key, size_t max_rows) {
  std::vector<KeyedRow> found;
  for (auto it = rows.lower_bound(ToString(first_key)); it != rows.end(); ++it) {
    if (found.size() == max_rows) break;
    if (!end_key.empty() && it->first >= ToString(end_key)) break;
    found.push_back({it->first, it->second});
  }
  return found;
}

std::optional<KeyedRow> FakeEngine::LastOf(const Rows& rows) {
  if (rows.empty()) return std::nullopt;
  return KeyedRow{rows.rbegin()->first, rows.rbegin()->second};
}

// A copy of everything.
class FakeEngine::Snapshot final : public EngineSnapshot {
 public:
  explicit Snapshot(Tables tables) : tables_(std::move(tables)) {}

  absl::StatusOr<std::vector<KeyedRow>> Scan(Table table, absl::string_view first_key,
                                             absl::string_view end_key,
                                             size_t max_rows) const override {
    return ScanOf(tables_[Index(table)], first_key, end_key, max_rows);
  }
  absl::StatusOr<std::optional<KeyedRow>> Last(Table table) const override {
    return LastOf(tables_[Index(table)]);
  }

 private:
  const Tables tables_;
};

absl::StatusOr<std::vector<KeyedRow>> FakeEngine::Scan(Table table, absl::string_view first_key,
                                                       absl::string_view end_key,
                                                       size_t max_rows) const {
  absl::MutexLock lock(&mutex_);
  return ScanOf(tables_[Index(table)], first_key, end_key, max_rows);
}

absl::StatusOr<std::optional<KeyedRow>> FakeEngine::Last(Table table) const {
  absl::MutexLock lock(&mutex_);
  return LastOf(tables_[Index(table)]);
}

absl::StatusOr<std::unique_ptr<EngineSnapshot>> FakeEngine::TakeSnapshot() const {
  absl::MutexLock lock(&mutex_);
  return std::make_unique<Snapshot>(tables_);
}

std::unique_ptr<EngineBatch> FakeEngine::NewBatch() { return std::make_unique<Batch>(*this); }

absl::Status FakeEngine::Settle() { return absl::OkStatus(); }

void FakeEngine::Plant(Table table, absl::string_view key, absl::string_view value,
                       uint64_t revision) {
  absl::MutexLock lock(&mutex_);
  tables_[Index(table)][ToString(key)] = Row{ToString(value), revision};
}

void FakeEngine::Remove(Table table, absl::string_view key) {
  absl::MutexLock lock(&mutex_);
  tables_[Index(table)].erase(ToString(key));
}

size_t FakeEngine::RowCount(Table table) const {
  absl::MutexLock lock(&mutex_);
  return tables_[Index(table)].size();
}

}  // namespace cardvault
