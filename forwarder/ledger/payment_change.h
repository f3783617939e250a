#ifndef CARDVAULT_FORWARDER_LEDGER_PAYMENT_CHANGE_H_
#define CARDVAULT_FORWARDER_LEDGER_PAYMENT_CHANGE_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "base/error_reason.h"
#include "cardvault/storage/v1/payment_record.pb.h"
#include "forwarder/ledger/payment_outcome.h"

namespace cardvault {

// Where an event of a payment's timeline came from. The names are the API's; stored.
enum class EventSource {
  kIntent,
  kAnswer,
  kStatus,
  kNotification,
  kOperator,
  kRestart,
  kReview,  // cardvault called a person
};

// Whether the source is the attempt itself, which alone knows whether an answer is awaited.
inline bool IsOwnAttempt(EventSource source) {
  return source == EventSource::kIntent || source == EventSource::kAnswer;
}

// Events that a record keeps: the first and the newest ones. Answers repeat themselves; a record
// stays small.
inline constexpr int kMaxTimelineEvents = 200;

// Ids of the upstream's that a record keeps; every attempt of a cascade brings a few.
inline constexpr int kMaxUpstreamIds = 64;

// The upstream never spoke of the payment: it gave no id, no status word, no state that only it can
// give, and nothing of it was contradicted. Of any other, "there is no such payment" proves
// nothing.
bool IsUnheardOf(const storage::v1::PaymentRecord& record);

// Whether the upstream's "not found" can end it: IN_DOUBT, and unheard of.
bool MayBeNotReceived(const storage::v1::PaymentRecord& record);

// Begins the next attempt of a record that is new or NOT_SENT: PENDING, awaiting an answer, with a
// new attempt_mark.
void BeginAttempt(absl::Time now, storage::v1::PaymentRecord& record);

// Takes in what was learned of a payment: forward only (CanMove), so that an older answer is a
// timeline entry and no more; another final state than the recorded one is a conflict, and so are
// an outcome that spoke of another payment, and NOT_SENT, REJECTED or NOT_RECEIVED of one that the
// upstream spoke of, from which nothing else is taken. An operator's word ends a conflict, but of
// NOT_SENT, and of a refund, whose money may have moved all the same. After what the attempt itself
// learned (kIntent, kAnswer) or a restart nothing is awaited any more.
void ApplyOutcome(const PaymentOutcome& outcome, EventSource source, absl::Time now,
                  storage::v1::PaymentRecord& record);

// Whether ApplyOutcome would add nothing but an event to the timeline: what repeats the ledger is
// not written again.
bool SaysNothingNew(const PaymentOutcome& outcome, const storage::v1::PaymentRecord& record);

// Notifications that a record remembers; upstreams repeat theirs, a record stays small.
inline constexpr int kMaxNotificationMarks = 64;

// Of what makes notifications the same; 16 bytes.
std::string NotificationMark(absl::string_view identity);
bool HasNotificationMark(absl::string_view mark, const storage::v1::PaymentRecord& record);
// False when the record bears it already.
bool AddNotificationMark(absl::string_view mark, storage::v1::PaymentRecord& record);

// An entry about the payment that went well.
AuditLeaf PaymentLeaf(AuditAction action, const storage::v1::PaymentRecord& record,
                      const AuditOrigin& origin);

// The audit entries of the two commits of a payment. Outcome: success while it goes on or went
// well, refused when the upstream or the cardholder said no, failed when it is not known or did
// not get there.
AuditLeaf IntentLeaf(const storage::v1::PaymentRecord& record, const AuditOrigin& origin,
                     uint32_t pan_key_version);
AuditLeaf OutcomeLeaf(const storage::v1::PaymentRecord& record, const AuditOrigin& origin,
                      ErrorReason reason);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_LEDGER_PAYMENT_CHANGE_H_
