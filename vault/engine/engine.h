#ifndef CARDVAULT_VAULT_ENGINE_ENGINE_H_
#define CARDVAULT_VAULT_ENGINE_ENGINE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "vault/engine/table.h"

namespace cardvault {

// A stored row. Its revision is the sequence number of the audit entry that was committed with it,
// so every row points to who wrote it.
struct Row {
  std::string value;
  uint64_t revision = 0;
};

struct KeyedRow {
  std::string key;
  Row row;
};

// A condition on one row, judged when its write set's turn comes.
struct Precondition {
  enum class Kind { kAbsent, kUnchanged };
  Table table;
  std::string key;
  Kind kind;
  uint64_t revision = 0;  // with kUnchanged: the revision that was read

  static Precondition Absent(Table table, std::string key) {
    return {table, std::move(key), Kind::kAbsent, 0};
  }
  static Precondition Unchanged(Table table, std::string key, uint64_t revision) {
    return {table, std::move(key), Kind::kUnchanged, revision};
  }
};

// Writes that become visible and durable together. Its reads see its own writes. Not thread-safe.
class EngineBatch {
 public:
  virtual ~EngineBatch() = default;

  // The place of the first condition that does not hold, nullopt when all do; writes of this batch
  // included. They are asked together, because many rows are found faster at once than one by one.
  // Errors: as Engine::Get, of any of them.
  virtual absl::StatusOr<std::optional<size_t>> FirstBroken(
      const std::vector<Precondition>& preconditions) = 0;

  virtual void Put(Table table, absl::string_view key, absl::string_view value,
                   uint64_t revision) = 0;
  virtual void Delete(Table table, absl::string_view key) = 0;

  // Writes all of it atomically and returns when it is on the medium (synced). UNAVAILABLE
  // (AUDIT_UNAVAILABLE) when that could not be done: then all of it may be there or none, and
  // Engine::Settle decides. Call once.
  virtual absl::Status Commit() = 0;
};

// The rows as they stood at one moment, in all tables: what a count over tables is made of. As long
// as it lives, what was deleted or overwritten since stays in the files. It must not outlive its
// engine. Thread-safe.
class EngineSnapshot {
 public:
  virtual ~EngineSnapshot() = default;

  // As Engine::Scan and Engine::Last; UNAVAILABLE also when the engine was mended since
  // (Engine::Settle): take another. A long scan pushes nothing that traffic reads out of caches.
  virtual absl::StatusOr<std::vector<KeyedRow>> Scan(Table table, absl::string_view first_key,
                                                     absl::string_view end_key,
                                                     size_t max_rows) const = 0;
  virtual absl::StatusOr<std::optional<KeyedRow>> Last(Table table) const = 0;
};

// The storage engine: point reads, ordered scans, atomic batches with conditions. Nothing above it
// knows which database it is, or that one process is alone with it. Thread-safe.
class Engine {
 public:
  virtual ~Engine() = default;

  // nullopt when there is no such row: absence is not an error. DATA_LOSS when the row cannot be
  // read back as it was written; UNAVAILABLE when the medium fails.
  virtual absl::StatusOr<std::optional<Row>> Get(Table table, absl::string_view key) const = 0;

  // Up to `max_rows` rows with `first_key` <= key < `end_key` ("" : no end) in key order.
  virtual absl::StatusOr<std::vector<KeyedRow>> Scan(Table table, absl::string_view first_key,
                                                     absl::string_view end_key,
                                                     size_t max_rows) const = 0;

  // The last row of a table, nullopt when it is empty.
  virtual absl::StatusOr<std::optional<KeyedRow>> Last(Table table) const = 0;

  // UNAVAILABLE when the medium fails.
  virtual absl::StatusOr<std::unique_ptr<EngineSnapshot>> TakeSnapshot() const = 0;

  virtual std::unique_ptr<EngineBatch> NewBatch() = 0;

  // To be called after a Commit that failed, before the next batch: mends the engine, so that what
  // the reads then answer is what there is, and nothing of the failed batch comes up later.
  // UNAVAILABLE while the medium still fails: call again. OK at once when nothing has failed.
  virtual absl::Status Settle() = 0;
};

// The first key after all keys that begin with `prefix`; "" when there is none.
std::string PrefixEnd(absl::string_view prefix);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_ENGINE_ENGINE_H_
