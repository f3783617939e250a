#ifndef CARDVAULT_SERVER_CHANGE_DESK_H_
#define CARDVAULT_SERVER_CHANGE_DESK_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/executor.h"
#include "cardvault/admin/v1/change_service.pb.h"
#include "server/caller.h"
#include "server/change_book.h"
#include "server/change_effects.h"
#include "server/role_book.h"
#include "vault/engine/engine.h"

namespace cardvault {

// Four eyes: who may propose, approve and reject changes, and what comes of an approval. What a
// change does is its ChangeEffect's, how it is stored ChangeBook's. Thread-safe.
class ChangeDesk final {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<StoredChange>) &&>;

  // All but the effects must outlive the desk.
  ChangeDesk(ChangeBook& book, ChangeEffects effects, const RoleBook& roles, const Engine& engine,
             Executor& executor)
      : book_(book),
        effects_(std::move(effects)),
        roles_(roles),
        engine_(engine),
        executor_(executor) {}

  // Checks a proposal and keeps it, unless there are mistakes. Takes its secret out of it. Blocks
  // on the commit. Errors as the RPC that it stands for, and as ChangeBook::Propose.
  struct Proposed {
    std::vector<DocumentMistake> mistakes;
    StoredChange change;  // without mistakes
  };
  absl::StatusOr<Proposed> Propose(const Caller& caller, admin::v1::Proposal& proposal);

  // The document in force that an open change's takes the place of; nullopt for a change without a
  // document, or that is the first of its kind.
  std::optional<std::string> DocumentInForce(const StoredChange& change,
                                             const admin::v1::Proposal& proposal) const;

  // Approves a change as it was shown by `digest` (hexadecimal), and gives it its effect; answers
  // it as it then is, also one that was decided before. Blocks on commits; `done` runs once.
  // Errors as ApproveChange in the proto.
  void Approve(const Caller& caller, absl::string_view id, absl::string_view digest, Done done);

  // Blocks on the commit. Errors as RejectChange in the proto.
  absl::StatusOr<StoredChange> Reject(const Caller& caller, absl::string_view id);

 private:
  // A change on its way from approval to effect.
  struct Approval {
    Caller caller;
    StoredChange change;
    Warrant warrant;  // once its effect begins
    Done done;
  };

  // OK when this person may approve it now.
  absl::Status MayApprove(const Caller& caller, const StoredChange& change,
                          absl::string_view digest, const RoleBook::MapInForce& roles) const;
  // ABORTED (REVISION) when what it was proposed against has changed.
  absl::Status CheckBase(const StoredChange& change) const;
  // Checks it again and begins its effect; what stands in the way is returned.
  absl::Status Begin(std::shared_ptr<Approval> approval, const RoleBook::MapInForce& roles);
  void Finish(Approval& approval, const absl::Status& effect);
  absl::StatusOr<StoredChange> Settled(const Approval& approval, const absl::Status& effect);

  ChangeBook& book_;
  const ChangeEffects effects_;
  const RoleBook& roles_;
  const Engine& engine_;
  Executor& executor_;
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_CHANGE_DESK_H_
