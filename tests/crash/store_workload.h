#ifndef CARDVAULT_TESTS_CRASH_STORE_WORKLOAD_H_
#define CARDVAULT_TESTS_CRASH_STORE_WORKLOAD_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/engine/engine.h"

namespace cardvault {

// What a store holds after a crash, compared with what was acknowledged.
struct CrashFindings {
  int objects = 0;   // looked at
  int lost = 0;      // acknowledged and not there as acknowledged
  int half = 0;      // some rows of a write set there, others not
  int foreign = 0;   // there and never written, or with wrong bytes
  int log_gaps = 0;  // entries missing or out of order
  int unlogged = 0;  // rows whose entries are not in the log, or the reverse
  uint64_t log_entries = 0;

  bool clean() const { return lost + half + foreign + log_gaps + unlogged == 0; }
};

// Writers that make, change and delete objects of four rows in four tables through a commit
// pipeline, and remember what was acknowledged. Each object belongs to one writer, which waits for
// its answer, so that at a crash each object has at most one change that is not answered.
// Thread-safe.
class StoreWorkload final {
 public:
  explicit StoreWorkload(uint64_t seed) : seed_(seed) {}

  // One change by `writer` (any small number); true when it was committed. A change that failed
  // before is tried again first, as a caller would.
  bool Step(int writer, const Engine& engine, CommitPipeline& pipeline);

  // Compares the store with what was acknowledged. A change that was not acknowledged may be there,
  // complete, or not; from here on what was found is what counts. Not while writers step.
  CrashFindings Check(const Engine& engine);

  int acknowledged_count() const;
  int refused_count() const;

 private:
  // An object's state: what its rows must be. Version 0: never made; a deleted object has no rows.
  struct State {
    uint64_t version = 0;
    bool deleted = false;
    uint64_t revision = 0;
  };
  struct Object {
    State acknowledged;
    std::optional<State> unanswered;  // of a change that is not acknowledged
  };
  struct Writer {
    std::mt19937_64 random;
    std::map<uint64_t, Object> objects;
    uint64_t next_object = 0;
  };

  Writer& WriterOf(int number) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CheckObject(const Engine& engine, const std::string& name, Object& object,
                   const std::map<std::string, uint64_t>& logged, CrashFindings& findings);

  const uint64_t seed_;
  mutable absl::Mutex mutex_;
  std::map<int, Writer> writers_ ABSL_GUARDED_BY(mutex_);
  int acknowledged_ ABSL_GUARDED_BY(mutex_) = 0;
  int refused_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_TESTS_CRASH_STORE_WORKLOAD_H_
