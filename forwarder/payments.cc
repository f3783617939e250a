#include "forwarder/payments.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/error_reason.h"
#include "base/status.h"
#include "forwarder/attempt_table.h"
#include "forwarder/connector_registry.h"
#include "forwarder/delayed_work.h"
#include "forwarder/intent_withdrawal.h"
#include "forwarder/ledger/payment_index.h"
#include "forwarder/ledger/payment_ledger.h"
#include "forwarder/ledger/payment_state.h"
#include "forwarder/outcome_writer.h"
#include "forwarder/payment_flow.h"
#include "forwarder/payment_parts.h"
#include "forwarder/reconciler.h"
#include "forwarder/restart_resolver.h"
#include "forwarder/route_rate.h"
#include "forwarder/status_inquiries.h"
#include "forwarder/upstream_look_up.h"

namespace cardvault {
namespace {

// Rows read at a time, and at most, of an index.
constexpr size_t kPageSize = 500;
constexpr size_t kMaxCounted = 10'000;
// Payments of one token that are looked through: each is a read, and any merchant may ask.
constexpr size_t kMaxReadOfToken = 500;

// A refund as a payment: token, route and currency are the original's, whatever is asked for.
absl::StatusOr<PaymentRequest> RefundOf(const storage::v1::PaymentRecord& original,
                                        RefundRequest request, VaultMode mode) {
  if (original.token().size() != Token::kBinarySize) {
    return DataLoss("a payment's token has a wrong size");
  }
  std::array<char, Token::kBinarySize> token;
  std::copy(original.token().begin(), original.token().end(), token.begin());
  ASSIGN_OR_RETURN(RouteName route, RouteName::Parse(original.route(), "route"));
  return PaymentRequest{std::move(request.call),
                        Token::FromBinary(mode, token),
                        "",
                        std::move(route),
                        std::move(request.payment_id),
                        request.amount,
                        original.currency(),
                        std::move(request.customer),
                        std::move(request.urls),
                        std::move(request.description),
                        "",
                        PaymentKind::kRefund,
                        std::move(request.original)};
}

// Whether a person may say that a payment ended so.
absl::Status CheckResolvable(const storage::v1::PaymentRecord& record, PaymentState state) {
  const auto current = static_cast<PaymentState>(record.state());
  if (record.awaiting_answer()) {
    return Aborted(ErrorReason::kInProgress, "the payment is on its way");
  }
  if (!record.needs_review()) {
    return FailedPrecondition(ErrorReason::kNotReviewed,
                              "the payment is not marked for a person: cardvault looks after it");
  }
  if (IsOpen(current) && (!IsFinal(state) || state == PaymentState::kRejected)) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "state",
                           "APPROVED, DECLINED, CANCELLED or NOT_RECEIVED");
  }
  if (!IsOpen(current) && current != state) {
    return InvalidArgument(
        ErrorReason::kFieldInvalid, "state",
        "the payment has an end, which stays: name that, to mark it as looked at");
  }
  return absl::OkStatus();
}

// A sale that was approved, or may still turn out to be, on a route that takes refunds and sends
// the card with them.
bool CouldBeRefunded(const RouteBook& routes, const storage::v1::PaymentRecord& record) {
  if (record.kind() != static_cast<uint32_t>(PaymentKind::kPayIn)) return false;
  if (!MayHaveMovedMoney(static_cast<PaymentState>(record.state()))) return false;
  const Connector* connector = FindConnector(record.connector());
  const absl::StatusOr<RouteName> name = RouteName::Parse(record.route(), "route");
  if (connector == nullptr || !name.ok()) return false;
  const absl::StatusOr<RouteInForce> route = routes.InForce(*name);
  if (!route.ok() || route->route->connector != record.connector()) {
    return false;
  }
  const ConnectorSettings& settings = *route->route->settings;
  return connector->CheckOffered(PaymentKind::kRefund, settings).ok() &&
         connector->RefundNeedsCard(settings);
}

absl::StatusOr<StoredPayment> FindResolvable(const PaymentParts& parts, const MerchantId& merchant,
                                             const PaymentId& payment_id, PaymentState state) {
  ASSIGN_OR_RETURN(std::optional<StoredPayment> payment,
                   PaymentIndex(parts.engine).Find(parts.keyring, merchant, payment_id));
  if (!payment.has_value()) {
    return NotFound(ErrorReason::kPaymentNotFound, "payment not found");
  }
  RETURN_IF_ERROR(CheckResolvable(payment->record, state));
  return *std::move(payment);
}

}  // namespace

class Payments::Impl final {
 public:
  explicit Impl(PaymentParts parts)
      : parts_(parts),
        outcomes_(parts.engine, parts.pipeline, parts.clock, parts.executor, delayed_),
        withdrawals_(parts_, outcomes_, delayed_),
        look_up_(parts_),
        inquiries_(parts_, outcomes_),
        reconciler_(parts_, inquiries_, outcomes_),
        rate_(parts_.clock) {}

  PaymentDesk desk() { return {parts_, rate_, attempts_, outcomes_, withdrawals_, look_up_}; }

  const PaymentParts parts_;
  AttemptTable attempts_;
  DelayedWork delayed_;
  OutcomeWriter outcomes_;
  IntentWithdrawals withdrawals_;
  UpstreamLookUp look_up_;
  StatusInquiries inquiries_;
  Reconciler reconciler_;
  RouteRate rate_;
};

Payments::Payments(const Engine& engine, CommitPipeline& pipeline, const KeyringHolder& keyring,
                   const Clock& clock, Executor& executor, RouteBook& routes, CvvEscrow& escrow,
                   Outbound& outbound, VaultMode mode)
    : impl_(std::make_shared<Impl>(PaymentParts{engine, pipeline, keyring, clock, executor, routes,
                                                escrow, outbound, mode})) {}

// What is on its way keeps the rest alive; it ends with the pipeline and the network loop.
Payments::~Payments() {
  impl_->reconciler_.Stop();
  impl_->delayed_.Stop();
}

void Payments::LookUpUnknownUntil(absl::Time until) { impl_->look_up_.SetUntil(until); }

void Payments::StartReconciler() { impl_->reconciler_.Start(impl_); }

void Payments::StopReconciler() { impl_->reconciler_.Stop(); }

absl::Status Payments::Reconcile() { return impl_->reconciler_.LookAtNext(impl_); }

int64_t Payments::reconciled_count() const { return impl_->reconciler_.asked_count(); }

absl::Status Payments::ResolveRestart() {
  return cardvault::ResolveRestart(impl_->parts_.engine, impl_->parts_.pipeline,
                                   impl_->parts_.clock);
}

void Payments::Pay(PaymentRequest request, Done<storage::v1::PaymentRecord> done) {
  PaymentFlow::Start(impl_->desk(), impl_, std::move(request), std::move(done));
}

void Payments::Refund(RefundRequest request, Done<storage::v1::PaymentRecord> done) {
  const absl::StatusOr<storage::v1::PaymentRecord> original = Get(request.call, request.original);
  if (!original.ok()) return std::move(done)(original.status());
  absl::StatusOr<PaymentRequest> payment =
      RefundOf(*original, std::move(request), impl_->parts_.mode);
  if (!payment.ok()) return std::move(done)(payment.status());
  Pay(*std::move(payment), std::move(done));
}

absl::StatusOr<storage::v1::PaymentRecord> Payments::Get(const CallContext& call,
                                                         const PaymentId& payment_id) const {
  ASSIGN_OR_RETURN(
      std::optional<StoredPayment> payment,
      PaymentIndex(impl_->parts_.engine).Find(impl_->parts_.keyring, call.merchant, payment_id));
  if (!payment.has_value()) {
    return NotFound(ErrorReason::kPaymentNotFound, "payment not found");
  }
  return std::move(payment->record);
}

void Payments::Refresh(const CallContext& call, const PaymentId& payment_id,
                       Done<storage::v1::PaymentRecord> done) {
  absl::StatusOr<std::optional<StoredPayment>> payment =
      PaymentIndex(impl_->parts_.engine).Find(impl_->parts_.keyring, call.merchant, payment_id);
  if (!payment.ok()) return std::move(done)(payment.status());
  const bool askable =
      payment->has_value() && !(*payment)->record.awaiting_answer() &&
      static_cast<PaymentState>((*payment)->record.state()) != PaymentState::kNotSent;
  if (!askable) return std::move(done)(Get(call, payment_id));
  impl_->inquiries_.Ask(impl_, **std::move(payment), call.origin, StatusInquiries::Asker::kRefresh,
                        [this, call, payment_id, done = std::move(done)](auto) mutable {
                          std::move(done)(Get(call, payment_id));
                        });
}

void Payments::List(const CallContext& call, PaymentFilter filter, size_t page_size,
                    std::string page_token, Done<PaymentPage> done) {
  impl_->parts_.executor.Post([impl = impl_, merchant = call.merchant, filter = std::move(filter),
                               page_size, page_token = std::move(page_token),
                               done = std::move(done)]() mutable {
    std::move(done)(ListPayments(impl->parts_.engine, impl->parts_.keyring, merchant, filter,
                                 page_size, page_token));
  });
}

void Payments::VerifyNotification(NotificationInput input, Done<NotificationResult> done) {
  NotificationFlow::Start(impl_->parts_, impl_->outcomes_, impl_->inquiries_, impl_,
                          std::move(input), std::move(done));
}

DryRunResult Payments::TryOut(const PaymentRequest& request) const {
  return DryRun(impl_->parts_, request);
}

DryRunResult Payments::TryOut(RefundRequest request) const {
  const absl::StatusOr<storage::v1::PaymentRecord> original = Get(request.call, request.original);
  if (!original.ok()) return {{original.status()}, std::nullopt};
  const absl::StatusOr<PaymentRequest> payment =
      RefundOf(*original, std::move(request), impl_->parts_.mode);
  if (!payment.ok()) return {{payment.status()}, std::nullopt};
  return TryOut(*payment);
}

absl::StatusOr<Payments::OpenPage> Payments::ListOpen(bool needs_review, size_t page_size,
                                                      absl::string_view after) const {
  const PaymentLedger ledger(impl_->parts_.engine);
  std::vector<std::string> row_keys;
  if (needs_review) {
    ASSIGN_OR_RETURN(row_keys, ledger.ScanReview(after, page_size));
  } else {
    ASSIGN_OR_RETURN(const std::vector<PaymentLedger::OpenPayment> open,
                     ledger.ScanOpen(after, page_size));
    for (const PaymentLedger::OpenPayment& payment : open) row_keys.push_back(payment.row_key);
  }
  OpenPage page;
  for (const std::string& row_key : row_keys) {
    ASSIGN_OR_RETURN(std::optional<StoredPayment> payment, ledger.Read(row_key));
    if (!payment.has_value()) return DataLoss("the ledger lists a payment that it does not have");
    page.payments.push_back(std::move(payment->record));
  }
  if (row_keys.size() == page_size) page.next = row_keys.back();
  return page;
}

absl::Status Payments::CheckResolve(const MerchantId& merchant, const PaymentId& payment_id,
                                    PaymentState state) const {
  return FindResolvable(impl_->parts_, merchant, payment_id, state).status();
}

void Payments::Resolve(const MerchantId& merchant, const PaymentId& payment_id, PaymentState state,
                       Warrant warrant, Done<storage::v1::PaymentRecord> done) {
  absl::StatusOr<StoredPayment> payment =
      FindResolvable(impl_->parts_, merchant, payment_id, state);
  if (!payment.ok()) return std::move(done)(payment.status());
  OutcomeNote note;
  note.row_key = std::move(payment->row_key);
  note.outcome.state = state;
  note.source = EventSource::kOperator;
  note.judged_revision = payment->revision;
  note.origin = warrant.origin;
  note.warrant = std::move(warrant);
  impl_->outcomes_.Write(std::move(note), {std::move(done), [] {}});
}

absl::StatusOr<bool> Payments::AttemptedSince(const Token& token, uint64_t revision) const {
  ASSIGN_OR_RETURN(const uint64_t last, PaymentLedger(impl_->parts_.engine).LastAttempt(token));
  return last > revision;
}

absl::StatusOr<Payments::RefundablePayments> Payments::RefundableWith(const Token& token,
                                                                      size_t limit) const {
  const PaymentLedger ledger(impl_->parts_.engine);
  RefundablePayments refundable;
  std::string after;
  for (size_t read = 0; read < kMaxReadOfToken;) {
    ASSIGN_OR_RETURN(const std::vector<std::string> row_keys,
                     ledger.ScanToken(token, after, kPageSize));
    if (row_keys.empty()) break;
    for (const std::string& row_key : row_keys) {
      ASSIGN_OR_RETURN(const std::optional<StoredPayment> payment, ledger.Read(row_key));
      if (!payment.has_value() || !CouldBeRefunded(impl_->parts_.routes, payment->record)) continue;
      ++refundable.count;
      if (refundable.payment_ids.size() < limit) {
        refundable.payment_ids.push_back(payment->record.payment_id());
      }
    }
    read += row_keys.size();
    after = row_keys.back();
  }
  return refundable;
}

absl::StatusOr<Payments::OpenCounts> Payments::CountOpen() const {
  const PaymentLedger ledger(impl_->parts_.engine);
  OpenCounts counts;
  std::string after;
  while (counts.open < static_cast<int64_t>(kMaxCounted)) {
    ASSIGN_OR_RETURN(const std::vector<PaymentLedger::OpenPayment> open,
                     ledger.ScanOpen(after, kPageSize));
    if (open.empty()) break;
    for (const PaymentLedger::OpenPayment& payment : open) {
      ++counts.open;
      if (payment.row.state() == static_cast<uint32_t>(PaymentState::kInDoubt)) ++counts.in_doubt;
    }
    after = open.back().row_key;
  }
  after.clear();
  while (counts.needs_review < static_cast<int64_t>(kMaxCounted)) {
    ASSIGN_OR_RETURN(const std::vector<std::string> row_keys, ledger.ScanReview(after, kPageSize));
    if (row_keys.empty()) break;
    counts.needs_review += static_cast<int64_t>(row_keys.size());
    after = row_keys.back();
  }
  return counts;
}

int64_t Payments::in_flight_count() const { return impl_->attempts_.size(); }

}  // namespace cardvault
