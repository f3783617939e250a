#include "server/wire/card_intake.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/status.h"
#include "card/free_text.h"
#include "server/wire/cleanse.h"
#include "server/wire/field_checks.h"
#include "server/wire/token_data.h"

namespace cardvault {
namespace {

struct ParsedCard {
  Pan pan;
  Expiry expiry;
  std::string cardholder_name;
  std::optional<Cvv> cvv;
};

absl::StatusOr<ParsedCard> ParseCard(v1::Card& card) {
  const Cleanse cleanse_number(card.mutable_number());
  const Cleanse cleanse_cvv(card.mutable_cvv());
  ASSIGN_OR_RETURN(Pan pan, Pan::Parse(card.number()));
  ASSIGN_OR_RETURN(Expiry expiry, Expiry::Create(card.expiry_month(), card.expiry_year()));
  RETURN_IF_ERROR(CheckFreeText(card.cardholder_name(), kMaxNameSize, "card.cardholder_name"));
  std::optional<Cvv> cvv;
  if (!card.cvv().empty()) {
    ASSIGN_OR_RETURN(cvv, Cvv::Parse(card.cvv(), pan.brand()));
  }
  return ParsedCard{std::move(pan), expiry, card.cardholder_name(), std::move(cvv)};
}

absl::StatusOr<Reuse> ToReuse(v1::Reuse reuse) {
  switch (reuse) {
    case v1::REUSE_UNSPECIFIED:
    case v1::REUSE_CUSTOMER:
      return Reuse::kCustomer;
    case v1::REUSE_MERCHANT:
      return Reuse::kMerchant;
    case v1::REUSE_NONE:
      return Reuse::kNone;
    default:
      return InvalidArgument(ErrorReason::kFieldInvalid, "reuse", "not a known value");
  }
}

absl::Status NotHeld() {
  return FailedPrecondition(ErrorReason::kCvvRequired, "no code is held for this answer");
}

absl::StatusOr<TokenizeInput> ToInput(const CallContext& call, const v1::TokenizeRequest& request,
                                      ParsedCard card) {
  ASSIGN_OR_RETURN(RequestId request_id, ParseId<RequestId>(request.request_id(), "request_id"));
  ASSIGN_OR_RETURN(std::optional<CustomerId> customer,
                   OptionalCustomer(request.customer_id(), "customer_id"));
  ASSIGN_OR_RETURN(Labels labels, CheckedLabels(request.labels(), "labels"));
  ASSIGN_OR_RETURN(Reuse reuse, ToReuse(request.reuse()));
  std::optional<absl::Duration> retention;
  if (request.has_retention()) {
    ASSIGN_OR_RETURN(retention, CheckedRetention(request.retention(), "retention"));
  }
  return TokenizeInput{call,
                       std::move(request_id),
                       std::move(card.pan),
                       card.expiry,
                       std::move(card.cardholder_name),
                       std::move(customer),
                       std::move(labels),
                       retention,
                       request.single_use(),
                       reuse,
                       card.cvv.has_value()};
}

v1::Disposition ToDisposition(Disposition disposition) {
  switch (disposition) {
    case Disposition::kCreated:
      return v1::DISPOSITION_CREATED;
    case Disposition::kExisting:
      return v1::DISPOSITION_EXISTING;
    case Disposition::kExpiryUpdated:
      return v1::DISPOSITION_EXPIRY_UPDATED;
    case Disposition::kUpdated:  // of imports alone
      break;
  }
  return v1::DISPOSITION_UNSPECIFIED;
}

}  // namespace

void CardIntake::Tokenize(const CallContext& call, v1::TokenizeRequest& request,
                          Done<v1::TokenizeResponse> done) {
  absl::StatusOr<ParsedCard> card = ParseCard(*request.mutable_card());
  if (!card.ok()) return std::move(done)(card.status());
  std::optional<Cvv> cvv = std::move(card->cvv);
  card->cvv.reset();
  absl::StatusOr<TokenizeInput> input = ToInput(call, request, *std::move(card));
  if (!input.ok()) return std::move(done)(input.status());
  input->with_cvv = cvv.has_value();

  tokenizer_.Tokenize(*std::move(input), [this, call, cvv = std::move(cvv), done = std::move(done)](
                                             absl::StatusOr<TokenizeOutput> output) mutable {
    if (!output.ok()) return std::move(done)(output.status());
    FinishTokenize(call, std::move(cvv), *std::move(output), std::move(done));
  });
}

void CardIntake::FinishTokenize(const CallContext& call, std::optional<Cvv> cvv,
                                TokenizeOutput output, Done<v1::TokenizeResponse> done) {
  const Token token = output.view.token;
  const bool chargeable = output.view.state == TokenState::kActive;
  const std::optional<uint64_t> replay_of = output.replay_of;
  const uint64_t revision = output.view.revision;
  auto answer = [this, merchant = call.merchant, output = std::move(output),
                 done = std::move(done)](absl::StatusOr<CvvDeposit> held) mutable {
    v1::TokenizeResponse response;
    // The card is stored all the same; an empty cvv_id says that its code is not held.
    if (held.ok()) response.set_cvv_id(held->cvv_id);
    *response.mutable_token() =
        ToTokenData(output.view, escrow_.StatusOf(merchant, output.view.token));
    response.set_disposition(ToDisposition(output.disposition));
    std::move(done)(std::move(response));
  };
  if (!cvv.has_value() || !chargeable) return answer(NotHeld());
  // Of a first answer the tokenizer has committed the entry with the card.
  if (!replay_of.has_value()) {
    return Deposit(call, token, *std::move(cvv), std::move(answer));
  }
  // The first answer's deposit, or a newer one: another would only be one code more to keep.
  if (std::optional<CvvDeposit> held = escrow_.FindHeld(call.merchant, token)) {
    return answer(*std::move(held));
  }
  const auto may_hold = [this, token, since = *replay_of] {
    // When that cannot be known the code is not kept: the merchant can provide it again.
    return !payments_.AttemptedSince(token, since).value_or(true);
  };
  if (!may_hold()) return answer(NotHeld());
  Hold(call, token, revision, *std::move(cvv), may_hold, std::move(answer));
}

void CardIntake::Deposit(const CallContext& call, const Token& token, Cvv cvv,
                         Done<CvvDeposit> done) {
  absl::StatusOr<CvvDeposit> held = escrow_.Deposit(call.merchant, token, std::move(cvv));
  if (held.ok()) return std::move(done)(std::move(held));
  // The entry that stands already says that it would be held.
  WriteSet set;
  AuditLeaf leaf{AuditAction::kCvvDeposited};
  leaf.outcome = AuditOutcome::kFailed;
  leaf.reason = ReasonOf(held.status());
  leaf.origin = call.origin;
  leaf.object = token.text();
  set.leaves.push_back(std::move(leaf));
  pipeline_.Submit(std::move(set), [held = std::move(held), done = std::move(done)](
                                       CommitResult) mutable { std::move(done)(std::move(held)); });
}

void CardIntake::Hold(const CallContext& call, const Token& token, uint64_t revision, Cvv cvv,
                      absl::AnyInvocable<bool()> may_hold, Done<CvvDeposit> done) {
  WriteSet set;
  set.preconditions.push_back(TokenDesk::Unchanged(token, revision));
  AuditLeaf leaf{AuditAction::kCvvDeposited};
  leaf.origin = call.origin;
  leaf.object = token.text();
  set.leaves.push_back(std::move(leaf));
  pipeline_.Submit(
      std::move(set), [this, call, token, cvv = std::move(cvv), may_hold = std::move(may_hold),
                       done = std::move(done)](CommitResult result) mutable {
        if (result.kind == CommitResult::Kind::kConditionFailed) {
          return std::move(done)(Aborted(ErrorReason::kInProgress,
                                         "the card was changed meanwhile: send the code again"));
        }
        if (!result.committed()) return std::move(done)(result.status);
        // Asked again behind the commit, which is behind every intent that was on its way before
        // it.
        if (!may_hold()) return std::move(done)(NotHeld());
        Deposit(call, token, std::move(cvv), std::move(done));
      });
}

void CardIntake::ReplacePan(const CallContext& call, v1::ReplacePanRequest& request,
                            Done<v1::ReplacePanResponse> done) {
  const bool with_cvv = !request.card().cvv().empty();
  absl::StatusOr<ParsedCard> card = ParseCard(*request.mutable_card());
  if (!card.ok()) return std::move(done)(card.status());
  if (with_cvv) {
    return std::move(done)(InvalidArgument(ErrorReason::kFieldInvalid, "card.cvv",
                                           "a CVV has no place here; call ProvideCvv"));
  }
  absl::StatusOr<RequestId> request_id = ParseId<RequestId>(request.request_id(), "request_id");
  if (!request_id.ok()) return std::move(done)(request_id.status());
  absl::StatusOr<Token> token = Token::Parse(request.token());
  if (!token.ok()) return std::move(done)(token.status());
  if (request.revision() < 0) {
    return std::move(done)(
        InvalidArgument(ErrorReason::kFieldInvalid, "revision", "a revision is not negative"));
  }

  ReplacePanInput input{call,
                        *std::move(request_id),
                        *token,
                        static_cast<uint64_t>(request.revision()),
                        std::move(card->pan),
                        card->expiry,
                        std::nullopt};
  if (!card->cardholder_name.empty()) input.cardholder_name = std::move(card->cardholder_name);
  tokenizer_.ReplacePan(std::move(input), [this, merchant = call.merchant, done = std::move(done)](
                                              absl::StatusOr<TokenView> view) mutable {
    if (!view.ok()) return std::move(done)(view.status());
    escrow_.Wipe(view->token);  // it belonged to the card that was replaced
    sweeper_.NoteErasure();
    v1::ReplacePanResponse response;
    *response.mutable_token() = ToTokenData(*view, escrow_.StatusOf(merchant, view->token));
    std::move(done)(std::move(response));
  });
}

void CardIntake::ProvideCvv(const CallContext& call, v1::ProvideCvvRequest& request,
                            Done<v1::ProvideCvvResponse> done) {
  const Cleanse cleanse(request.mutable_cvv());
  absl::StatusOr<Token> token = Token::Parse(request.token());
  if (!token.ok()) return std::move(done)(token.status());
  absl::StatusOr<TokenView> view = desk_.Get(call, *token);
  if (!view.ok()) return std::move(done)(view.status());
  if (view->state != TokenState::kActive) {
    return std::move(done)(FailedPrecondition(
        view->state == TokenState::kUsed ? ErrorReason::kTokenUsed : ErrorReason::kTokenDisabled,
        "the token cannot be charged, so no CVV is taken for it"));
  }
  absl::StatusOr<Cvv> cvv = Cvv::Parse(request.cvv(), view->brand);
  if (!cvv.ok()) return std::move(done)(WithField(cvv.status(), "cvv"));

  Hold(
      call, *token, view->revision, *std::move(cvv), [] { return true; },
      [done = std::move(done)](absl::StatusOr<CvvDeposit> held) mutable {
        if (!held.ok()) return std::move(done)(held.status());
        v1::ProvideCvvResponse response;
        response.set_cvv_id(held->cvv_id);
        *response.mutable_held_until() = ToTimestamp(held->held_until);
        std::move(done)(std::move(response));
      });
}

}  // namespace cardvault
