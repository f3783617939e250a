#ifndef CARDVAULT_FORWARDER_NOTIFICATION_NOTIFICATION_FLOW_H_
#define CARDVAULT_FORWARDER_NOTIFICATION_NOTIFICATION_FLOW_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/error_reason.h"
#include "base/id.h"
#include "cardvault/storage/v1/payment_record.pb.h"
#include "forwarder/connector.h"
#include "forwarder/ledger/payment_ledger.h"
#include "forwarder/outbound/incoming_message.h"
#include "forwarder/outbound/message_reader.h"
#include "forwarder/outbound/signed_answer.h"
#include "forwarder/outcome_writer.h"
#include "forwarder/payment_parts.h"
#include "forwarder/route.h"
#include "forwarder/status_inquiries.h"
#include "vault/call_context.h"

namespace cardvault {

// A notification that was made longer ago is not believed: upstreams repeat theirs for hours, and
// what came later stands in the ledger or is found by a status call.
inline constexpr absl::Duration kMaxNotificationAge = absl::Hours(24);
// How far an upstream's clock may be ahead.
inline constexpr absl::Duration kMaxNotificationLead = absl::Minutes(5);

struct NotificationInput {
  CallContext call;
  RouteName route;
  IncomingMessage message;
};

// What became of a notification.
struct NotificationResult {
  // kUnspecified, or why it was not believed: kUnverified, kStale, kForeign, kFieldInvalid,
  // kPaymentNotFound, kConflict.
  ErrorReason refusal = ErrorReason::kUnspecified;
  std::string raw_status;
  PaymentState state = PaymentState::kInDoubt;  // what the word means
  bool unconfirmed = false;                     // it was a hint
  bool repeated = false;                        // it adds nothing to what is known
  bool applied = false;
  std::optional<storage::v1::PaymentRecord> payment;  // as the ledger has it now
  std::optional<SignedAnswer> acknowledgement;        // only after the commit
};

// One notification: verified over its raw bytes, found in the ledger, taken in, and acknowledged
// when it is committed. Not thread-safe: its steps follow one another.
class NotificationFlow final : public std::enable_shared_from_this<NotificationFlow> {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<NotificationResult>) &&>;

  // Errors: INVALID_ARGUMENT (ROUTE_UNKNOWN); those of the store. `keep_alive` owns the rest, which
  // outlives it.
  static void Start(const PaymentParts& parts, OutcomeWriter& outcomes, StatusInquiries& inquiries,
                    std::shared_ptr<void> keep_alive, NotificationInput input, Done done);

 private:
  NotificationFlow(const PaymentParts& parts, OutcomeWriter& outcomes, StatusInquiries& inquiries,
                   std::shared_ptr<void> keep_alive, NotificationInput input, Done done);

  void Run();
  absl::Status ReadRoute();
  // Whether the message is one of this route's and made lately.
  ErrorReason Judge(const NotificationNews& news) const;
  void TakeIn(StoredPayment payment, PaymentOutcome outcome, absl::string_view identity);
  // Verified, and not believed by that alone (NotificationNews::needs_confirming).
  void TakeHint(StoredPayment payment, PaymentOutcome told, absl::string_view identity);
  void Confirm(StoredPayment payment);
  void Refuse(ErrorReason why);
  // With the payment as it stands now.
  void Acknowledge();
  void Finish();

  const PaymentParts& parts_;
  OutcomeWriter& outcomes_;
  StatusInquiries& inquiries_;
  const std::shared_ptr<void> keep_alive_;
  NotificationInput input_;
  Done done_;
  std::shared_ptr<const Route> route_;
  const Connector* connector_ = nullptr;
  RouteSecrets secrets_;
  ReadMessage message_;
  NotificationResult result_;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_NOTIFICATION_NOTIFICATION_FLOW_H_
