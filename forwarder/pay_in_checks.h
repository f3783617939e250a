#ifndef CARDVAULT_FORWARDER_PAY_IN_CHECKS_H_
#define CARDVAULT_FORWARDER_PAY_IN_CHECKS_H_

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "forwarder/attempt_table.h"
#include "forwarder/connector.h"
#include "forwarder/ledger/payment_ledger.h"
#include "forwarder/outbound/route_secrets.h"
#include "forwarder/pay_in_input.h"
#include "forwarder/payment_parts.h"
#include "forwarder/route.h"
#include "keys/keyring.h"
#include "vault/records/card_store.h"

namespace cardvault {

// A pay-in that passed every check that can be made before anything is committed.
struct PreparedPayIn {
  std::shared_ptr<const Keyring> keyring;
  std::shared_ptr<const Route> route;
  const Connector* connector = nullptr;
  StoredCard card;
  bool with_cardholder_name = false;
  RouteSecrets secrets;
  SentPayIn sent;
  // As the ledger has it; revision 0 and an empty record for a payment that is new.
  StoredPayment payment;
  // Every row key that a new payment must not stand under yet.
  std::vector<std::string> row_keys;
};

// Reads and decides, and changes nothing. Thread-safe.
class PayInChecks final {
 public:
  explicit PayInChecks(const PaymentParts& parts) : parts_(parts) {}  // must outlive this

  // The recorded payment when the same request was made before and is not to be sent again, else
  // what is needed to send it. Errors: as PaymentService.PayIn in the proto, but those of the CVV.
  using Decision = std::variant<storage::v1::PaymentRecord, PreparedPayIn>;
  absl::StatusOr<Decision> Decide(const PayInInput& input) const;

  // The CVV as the route wants it. FAILED_PRECONDITION (CVV_REQUIRED, CVV_EXPIRED).
  AttemptTable::Lease LeaseCvv(const PayInInput& input, CvvRule rule) const;

  // The lease as the route wants it, checked once more where it is about to be used: where the rule
  // is never it is given back, and where one is required FAILED_PRECONDITION (CVV_REQUIRED) says
  // that there is none. Whoever shared a lease, no CVV goes where none may.
  static AttemptTable::Lease FitLease(CvvRule rule, std::optional<CvvLease> lease);

 private:
  absl::Status ReadCard(const PayInInput& input, PreparedPayIn& prepared) const;
  absl::Status ReadRoute(const PayInInput& input, PreparedPayIn& prepared) const;

  const PaymentParts& parts_;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PAY_IN_CHECKS_H_
