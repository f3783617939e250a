#ifndef CARDVAULT_SERVER_ROLE_BOOK_H_
#define CARDVAULT_SERVER_ROLE_BOOK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "server/role_map.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/commit/warrant.h"
#include "vault/engine/engine.h"

namespace cardvault {

// The role map in the store, with a parsed copy in memory. Thread-safe.
class RoleBook final {
 public:
  // DATA_LOSS when the stored document does not parse; NOT_FOUND when there is none. All must
  // outlive the book.
  static absl::StatusOr<std::unique_ptr<RoleBook>> Load(const Engine& engine,
                                                        CommitPipeline& pipeline,
                                                        const Clock& clock, VaultMode mode);

  // The write set that stores the first map of a new vault.
  static WriteSet FirstMap(absl::string_view document, const Clock& clock);

  std::shared_ptr<const RoleMap> Current() const;
  // The map and its revision of one moment.
  struct MapInForce {
    std::shared_ptr<const RoleMap> map;
    uint64_t revision = 0;

    // What holds while no other map is stored.
    Precondition unchanged() const;
  };
  MapInForce InForce() const;
  std::string document() const;  // of the map in force
  uint64_t revision() const;

  // Checks a document and, unless `check_only`, commits it with its audit entry and puts it in
  // force. With mistakes nothing is stored; a map without the operator who applies it is one, so
  // that nobody locks himself out. Blocks on the commit. ABORTED (REVISION) when another
  // operator was there first.
  struct Applied {
    std::vector<DocumentMistake> mistakes;
    bool changed = false;
    uint64_t revision = 0;
  };
  absl::StatusOr<Applied> Apply(absl::string_view document, bool check_only,
                                const Warrant& warrant);

 private:
  RoleBook(CommitPipeline& pipeline, const Clock& clock, VaultMode mode)
      : pipeline_(pipeline), clock_(clock), mode_(mode) {}

  // Constant after construction.
  CommitPipeline& pipeline_;
  const Clock& clock_;
  const VaultMode mode_;

  mutable absl::Mutex mutex_;
  std::shared_ptr<const RoleMap> map_ ABSL_GUARDED_BY(mutex_);
  std::string document_ ABSL_GUARDED_BY(mutex_);
  uint64_t revision_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_ROLE_BOOK_H_
