#ifndef CARDVAULT_SERVER_APPROVED_CONFIG_H_
#define CARDVAULT_SERVER_APPROVED_CONFIG_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "cardvault/admin/v1/change_service.pb.h"
#include "cardvault/storage/v1/policy_rows.pb.h"
#include "server/config.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/commit/warrant.h"
#include "vault/engine/engine.h"

namespace cardvault {

inline constexpr size_t kMaxTrustAnchorSize = 64 * 1024;  // bytes; some dozen certificates

// A file that four eyes protect in production, as it was read.
struct ConfigFile {
  std::string name;     // "cardvault.yaml", or the key that names it
  std::string sha256;   // 32 bytes
  std::string content;  // of a trust anchor, PEM; of cardvault.yaml empty
};

// The names of the trust anchors of the two ports.
inline constexpr char kMerchantAnchor[] = "merchant_listener.client_ca";
inline constexpr char kAdminAnchor[] = "admin_listener.client_ca";

// Reads them: cardvault.yaml as it was parsed, and the trust anchors from their files. NOT_FOUND
// when one cannot be read or is too large.
absl::StatusOr<std::vector<ConfigFile>> ReadConfigFiles(const ServerConfig& config);

// The configuration and the trust anchors that two operators approved, in production. Their digests
// are compared at the start alone. An anchor whose file is another one is not used: the one that
// was approved last is in the store, and stays in force, because who could put his own there could
// be any two operators. In sandbox mode every configuration is approved. docs/formats/changes.md.
// Thread-safe.
class ApprovedConfig final {
 public:
  // The write set that makes the first configuration of a new vault the approved one.
  static WriteSet First(const std::vector<ConfigFile>& files);

  // Compares what was `found` with what was approved, and keeps the anchors that are found to be
  // approved now; an entry config.unapproved tells of what is not. DATA_LOSS when the vault has no
  // approved configuration, or one that does not parse. All must outlive it. Blocks on a commit.
  static absl::StatusOr<std::unique_ptr<ApprovedConfig>> Load(const Engine& engine,
                                                              CommitPipeline& pipeline,
                                                              std::vector<ConfigFile> found,
                                                              VaultMode mode);

  // What Load ends with, for a store that could not be written to then.
  absl::Status Settle() ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether all that was found at the start is approved by now.
  bool IsApproved() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Calls `observer` when an approval makes it so. It must not call back.
  void Observe(std::function<void()> observer) ABSL_LOCKS_EXCLUDED(mutex_);

  // The certificates that a port takes callers by, PEM: from the start on until the next.
  std::string AnchorInForce(absl::string_view name) const ABSL_LOCKS_EXCLUDED(mutex_);

  // Name and digest alone.
  std::vector<ConfigFile> Approved() const ABSL_LOCKS_EXCLUDED(mutex_);
  const std::vector<ConfigFile>& found() const { return found_; }

  // OK when the request names exactly the files that there are. FAILED_PRECONDITION (MODE) in
  // sandbox mode.
  absl::Status Check(const admin::v1::ApproveConfigurationRequest& request) const;

  // What holds while nothing else is approved.
  Precondition AsItIs() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Approves the digests. Blocks on the commit. Errors as Check; ABORTED (REVISION).
  absl::Status Approve(const admin::v1::ApproveConfigurationRequest& request,
                       const Warrant& warrant) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  ApprovedConfig(CommitPipeline& pipeline, std::vector<ConfigFile> found, VaultMode mode)
      : pipeline_(pipeline), found_(std::move(found)), mode_(mode) {}

  void TakeFoundAnchors(storage::v1::ApprovedConfigRow& row) const;
  bool IsFound(const storage::v1::ApprovedConfigRow& row) const;

  // Constant after construction.
  CommitPipeline& pipeline_;
  const std::vector<ConfigFile> found_;
  const VaultMode mode_;

  mutable absl::Mutex mutex_;
  storage::v1::ApprovedConfigRow row_ ABSL_GUARDED_BY(mutex_);
  uint64_t revision_ ABSL_GUARDED_BY(mutex_) = 0;
  std::function<void()> observer_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_APPROVED_CONFIG_H_
