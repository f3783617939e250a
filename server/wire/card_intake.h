#ifndef CARDVAULT_SERVER_WIRE_CARD_INTAKE_H_
#define CARDVAULT_SERVER_WIRE_CARD_INTAKE_H_

#include <optional>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "card/sad/cvv.h"
#include "cardvault/v1/token_service.pb.h"
#include "forwarder/escrow/cvv_escrow.h"
#include "forwarder/payments.h"
#include "tokenizer/token_desk.h"
#include "tokenizer/tokenizer.h"
#include "vault/call_context.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/retention/retention_sweeper.h"

namespace cardvault {

// Where card data enters a card at a time: the three RPCs with a PAN or CVV field that are no
// import (import_intake.h). Turns proto strings into Pan, Expiry and Cvv, hands the card to the
// tokenizer and the CVV to the escrow, and cleanses what it read from. Thread-safe.
class CardIntake final {
 public:
  template <typename T>
  using Done = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;

  // All must outlive the intake.
  CardIntake(Tokenizer& tokenizer, TokenDesk& desk, CvvEscrow& escrow, Payments& payments,
             CommitPipeline& pipeline, RetentionSweeper& sweeper)
      : tokenizer_(tokenizer),
        desk_(desk),
        escrow_(escrow),
        payments_(payments),
        pipeline_(pipeline),
        sweeper_(sweeper) {}

  // The request's card fields are cleansed when these return. Errors: as the RPCs in the proto.
  void Tokenize(const CallContext& call, v1::TokenizeRequest& request,
                Done<v1::TokenizeResponse> done);
  void ReplacePan(const CallContext& call, v1::ReplacePanRequest& request,
                  Done<v1::ReplacePanResponse> done);
  void ProvideCvv(const CallContext& call, v1::ProvideCvvRequest& request,
                  Done<v1::ProvideCvvResponse> done);

 private:
  void FinishTokenize(const CallContext& call, std::optional<Cvv> cvv, TokenizeOutput output,
                      Done<v1::TokenizeResponse> done);
  // Deposits a code whose entry is committed. When there is no place for it a second entry says so.
  void Deposit(const CallContext& call, const Token& token, Cvv cvv, Done<CvvDeposit> done);
  // Commits the entry cvv.deposited on the condition that the record is as it was read, then
  // deposits if `may_hold` says so still.
  void Hold(const CallContext& call, const Token& token, uint64_t revision, Cvv cvv,
            absl::AnyInvocable<bool()> may_hold, Done<CvvDeposit> done);

  Tokenizer& tokenizer_;
  TokenDesk& desk_;
  CvvEscrow& escrow_;
  Payments& payments_;
  CommitPipeline& pipeline_;
  RetentionSweeper& sweeper_;
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_WIRE_CARD_INTAKE_H_
