#ifndef CARDVAULT_FORWARDER_PAYMENT_CHECKS_H_
#define CARDVAULT_FORWARDER_PAYMENT_CHECKS_H_

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "forwarder/attempt_table.h"
#include "forwarder/connector.h"
#include "forwarder/field_faults.h"
#include "forwarder/ledger/payment_ledger.h"
#include "forwarder/outbound/route_secrets.h"
#include "forwarder/payment_parts.h"
#include "forwarder/payment_request.h"
#include "forwarder/refund_checks.h"
#include "forwarder/route.h"
#include "forwarder/sent_payment.h"
#include "keys/keyring.h"
#include "vault/records/card_store.h"

namespace cardvault {

// A payment that passed every check that can be made before anything is committed.
struct PreparedPayment {
  std::shared_ptr<const Keyring> keyring;
  std::shared_ptr<const Route> route;
  const Connector* connector = nullptr;
  bool is_offered = false;         // the upstream has this operation
  CvvRule cvv = CvvRule::kNever;   // the route's for a pay-in
  std::optional<StoredCard> card;  // none where the request carries no card
  bool with_cardholder_name = false;
  RouteSecrets secrets;
  SentPayment sent;
  // As the ledger has it; revision 0, a row key of its own and an empty record for a payment that
  // is new.
  StoredPayment payment;
  std::optional<RefundOriginal> original;  // of a refund

  // The order as its connector sees it. Views of this and of `request`.
  PaymentOrder Order(const PaymentRequest& request, bool with_cvv) const;
};

// Reads and decides, and changes nothing. Thread-safe.
class PaymentChecks final {
 public:
  explicit PaymentChecks(const PaymentParts& parts) : parts_(parts) {}  // must outlive this

  // The recorded payment when the same request was made before and is not to be sent again, else
  // what is needed to send it. Errors: as PaymentService in the proto, but those of the CVV.
  using Decision = std::variant<storage::v1::PaymentRecord, PreparedPayment>;
  absl::StatusOr<Decision> Decide(const PaymentRequest& request) const;

  // What Decide would refuse the request for, all of it as far as one does not hide another.
  // `prepared` is filled as far as that goes: without a route there is nothing to render.
  void FindFaults(const PaymentRequest& request, PreparedPayment& prepared,
                  FieldFaults& faults) const;

  // The CVV as the route wants it. FAILED_PRECONDITION (CVV_REQUIRED, CVV_EXPIRED).
  AttemptTable::Lease LeaseCvv(const PaymentRequest& request, CvvRule rule) const;

  // The lease as the route wants it, checked once more where it is about to be used: where the rule
  // is never it is given back, and where one is required FAILED_PRECONDITION (CVV_REQUIRED) says
  // that there is none. Whoever shared a lease, no CVV goes where none may.
  static AttemptTable::Lease FitLease(CvvRule rule, std::optional<CvvLease> lease);

 private:
  // The recorded payment when the request is not to be sent (again); else fills in where it stands.
  absl::StatusOr<std::optional<storage::v1::PaymentRecord>> ReadLedger(
      const PaymentRequest& request, PreparedPayment& prepared) const;
  absl::Status ReadRoute(const PaymentRequest& request, PreparedPayment& prepared) const;
  absl::Status ReadCard(const PaymentRequest& request, PreparedPayment& prepared) const;
  absl::Status ReadOriginal(const PaymentRequest& request, PreparedPayment& prepared) const;

  const PaymentParts& parts_;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PAYMENT_CHECKS_H_
