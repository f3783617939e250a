#ifndef CARDVAULT_SERVER_CUSTODY_DESK_H_
#define CARDVAULT_SERVER_CUSTODY_DESK_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/id.h"
#include "cardvault/admin/v1/custody_service.pb.h"
#include "keys/custody/custody_creation.h"
#include "keys/custody/share_collector.h"
#include "keys/keyring_manager.h"
#include "server/caller.h"
#include "server/custody_row.h"
#include "server/serving_state.h"
#include "server/vault_seal.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/commit/warrant.h"
#include "vault/engine/engine.h"

namespace cardvault {

// So long custodians of a proposed KEK may take to fetch their shares and acknowledge.
inline constexpr absl::Duration kProposalLifetime = absl::Hours(7 * 24);

// What the desk works with. All must outlive it.
struct CustodyParts {
  const Engine& engine;
  CommitPipeline& pipeline;
  KeyringManager& keyring;
  VaultSeal& seal;
  const ServingState& serving;
  const Clock& clock;
  VaultId vault_id;
  // Takes what the KEK before had wrapped out of the files, now or soon.
  std::function<void()> purge_keys;
};

// A vault's KEK among its custodians: takes their shares and acknowledgements, and replaces it. The
// RPCs of CustodyService, which say what each does, needs and refuses; the caller has been let in.
// One at a time: they wait for commits. Thread-safe.
class CustodyDesk final {
 public:
  // `stored` is the store's record, whose KEK is in force; nullopt while the vault's KEK is with
  // another provider: then custodians can be proposed and nothing else.
  CustodyDesk(CustodyParts parts, std::optional<StoredCustody> stored);
  ~CustodyDesk();

  absl::StatusOr<admin::v1::GetCustodyStatusResponse> Status(
      const Caller& caller, admin::v1::GetCustodyStatusRequest& request)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes the share out of the request; so does Acknowledge.
  absl::StatusOr<admin::v1::SubmitShareResponse> Submit(const Caller& caller,
                                                        admin::v1::SubmitShareRequest& request)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<admin::v1::AcknowledgeDutiesResponse> Acknowledge(
      const Caller& caller, admin::v1::AcknowledgeDutiesRequest& request)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<admin::v1::GetEnvelopeResponse> Envelope(const Caller& caller,
                                                          admin::v1::GetEnvelopeRequest& request)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<admin::v1::ProposeCustodyResponse> Propose(
      const Caller& caller, admin::v1::ProposeCustodyRequest& request) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<admin::v1::ActivateCustodyResponse> Activate(
      const Caller& caller, admin::v1::ActivateCustodyRequest& request) ABSL_LOCKS_EXCLUDED(mutex_);
  // The effect of Activate by a warrant, which joins its one commit; and whether it could be had
  // now, with what must not change until it is.
  absl::Status Activate(const std::string& kek_id, const Warrant& warrant)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<Precondition> CheckActivate(const std::string& kek_id) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<admin::v1::WithdrawCustodyResponse> Withdraw(
      const Caller& caller, admin::v1::WithdrawCustodyRequest& request) ABSL_LOCKS_EXCLUDED(mutex_);

  // Forgets shares whose time is over, and a proposal whose time is over or that a sealing has
  // overtaken. To be called every few seconds.
  void Tick() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // A KEK that is split and not in force: it stands in the key heap, as the one in force does.
  struct Proposal {
    Proposal(NewCustody made, absl::Duration until, const Clock& clock)
        : custody(std::move(made)),
          kek(std::move(custody.kek)),
          collector(custody.record, clock),
          expires(until) {}

    NewCustody custody;
    std::shared_ptr<KekProvider> kek;
    ShareCollector collector;  // judges proofs
    absl::Duration expires;    // since boot
  };

  absl::Status Tell(AuditAction action, const Caller& caller, const CustodyRecord& record);
  absl::StatusOr<absl::Time> AcknowledgePresent(const Caller& caller, const SecretBytes& share)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<absl::Time> AcknowledgeProposed(const Caller& caller, const SecretBytes& share)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckActivatable(const std::string& kek_id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Take(std::optional<StoredCustody> stored) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsInForce(const std::string& kek_id) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes the store's record over, should it be another (the answer of a commit was lost), and
  // drops a proposal that has become it, or whose time is over, or that a sealing has overtaken.
  absl::Status Refresh() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool is_sealed() const { return parts_.serving.Current().Has(Restriction::kSealed); }

  const CustodyParts parts_;
  absl::Mutex mutex_;
  // The KEK in force and the shares of it; both or neither.
  std::optional<StoredCustody> stored_ ABSL_GUARDED_BY(mutex_);
  std::optional<ShareCollector> collector_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Proposal> proposal_ ABSL_GUARDED_BY(mutex_);
  std::string withdrawn_ ABSL_GUARDED_BY(mutex_);  // the KEK withdrawn last, or ""
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_CUSTODY_DESK_H_
