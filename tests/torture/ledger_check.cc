#include "tests/torture/ledger_check.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace cardvault::torture {
namespace {

bool IsOpen(v1::PaymentState state) {
  return state == v1::PAYMENT_STATE_PENDING || state == v1::PAYMENT_STATE_REDIRECT_REQUIRED ||
         state == v1::PAYMENT_STATE_AUTHORIZED || state == v1::PAYMENT_STATE_IN_DOUBT;
}

// Says that no money can have moved.
bool Denies(v1::PaymentState state) {
  return state == v1::PAYMENT_STATE_NOT_SENT || state == v1::PAYMENT_STATE_NOT_RECEIVED ||
         state == v1::PAYMENT_STATE_REJECTED;
}

// What a booked order's word makes of a payment. The ledger cannot end a pay-out or a refund by
// "error" or, of what was in doubt, "decline": those wait for a person.
bool Agrees(const PlannedPayment& planned, absl::string_view word, v1::PaymentState state) {
  const bool is_pay_in = planned.kind == v1::PAYMENT_KIND_PAY_IN;
  if (word == "approved" || word == "success") {
    return state == v1::PAYMENT_STATE_APPROVED ||
           (planned.gateway_contradicts_itself && state == v1::PAYMENT_STATE_DECLINED);
  }
  if (word == "declined" || word == "decline") {
    const bool waits = !is_pay_in && planned.gateway == Gateway::kH2h;
    return state == v1::PAYMENT_STATE_DECLINED || (waits && state == v1::PAYMENT_STATE_IN_DOUBT);
  }
  if (word == "error") {
    return state == (is_pay_in ? v1::PAYMENT_STATE_DECLINED : v1::PAYMENT_STATE_IN_DOUBT);
  }
  return state == v1::PAYMENT_STATE_PENDING || state == v1::PAYMENT_STATE_REDIRECT_REQUIRED;
}

class Check final {
 public:
  explicit Check(const Accounts& accounts) : accounts_(accounts) {}

  std::vector<Finding> Run() && {
    for (const PlannedPayment& planned : accounts_.planned) CheckPayment(planned);
    if (accounts_.acknowledged_forgeries > 0) Wrong("a forged notification was acknowledged");
    return std::move(findings_);
  }

 private:
  void Wrong(std::string text) { findings_.push_back({Finding::Kind::kWrong, std::move(text)}); }
  void Lost(std::string text) { findings_.push_back({Finding::Kind::kLost, std::move(text)}); }

  void CheckPayment(const PlannedPayment& planned) {
    const auto booked = accounts_.booked.find(planned.id);
    const BookedOrder order = booked == accounts_.booked.end() ? BookedOrder() : booked->second;
    if (order.posts > 1 && (order.booked || !accounts_.is_restored)) {
      findings_.push_back({Finding::Kind::kPostedTwice,
                           absl::StrCat(planned.id, " (", planned.amount, " over ", planned.route,
                                        ") was posted ", order.posts, " times")});
    }
    const auto recorded = accounts_.ledger.find(planned.id);
    const bool is_refund_again = accounts_.is_restored && planned.kind == v1::PAYMENT_KIND_REFUND;
    if (recorded == accounts_.ledger.end()) {
      if (is_refund_again) return;
      if (accounts_.acknowledged.count(planned.id) != 0) {
        Lost(absl::StrCat(planned.id, " was acknowledged and is not in the ledger"));
      } else if (order.posts > 0) {
        // A caller that gave up may be a moment ahead of its payment.
        findings_.push_back({Finding::Kind::kLost,
                             absl::StrCat(planned.id, " was posted and is not in the ledger"),
                             /*may_pass=*/true});
      }
      return;
    }
    CheckRecord(planned, recorded->second, order);
  }

  void CheckRecord(const PlannedPayment& planned, const v1::Payment& payment,
                   const BookedOrder& order) {
    const bool is_as_asked = payment.amount() == planned.amount && payment.kind() == planned.kind &&
                             payment.route() == planned.route && payment.currency() == "USD" &&
                             payment.original_payment_id() == planned.original_id;
    if (!is_as_asked) Wrong(absl::StrCat(planned.id, " is recorded as another payment"));
    if (order.booked) {
      CheckBooked(planned, payment, order);
    } else if (!accounts_.is_restored || planned.kind != v1::PAYMENT_KIND_REFUND) {
      CheckNotBooked(payment, order);
    }
    if (planned.kind == v1::PAYMENT_KIND_PAY_IN) CheckRefunds(payment, order);
  }

  void CheckBooked(const PlannedPayment& planned, const v1::Payment& payment,
                   const BookedOrder& order) {
    const std::string said = absl::StrCat(planned.id, " (", planned.amount, " over ", planned.route,
                                          ") is ", v1::PaymentState_Name(payment.state()),
                                          " and the gateway's word is ", order.state);
    if (Denies(payment.state())) {
      Lost(said);
    } else if (!Agrees(planned, order.state, payment.state())) {
      findings_.push_back({Finding::Kind::kWrong, said, IsOpen(payment.state())});
    }
    if (order.amount != planned.amount) {
      Wrong(absl::StrCat(planned.id, " was booked with amount ", order.amount));
    }
    const bool other_sum = order.settled_amount.has_value() &&
                           payment.state() == v1::PAYMENT_STATE_APPROVED &&
                           payment.settled_amount() != *order.settled_amount;
    if (other_sum) {
      Wrong(absl::StrCat(planned.id, " settled ", *order.settled_amount, " and the ledger says ",
                         payment.settled_amount()));
    }
  }

  void CheckNotBooked(const v1::Payment& payment, const BookedOrder& order) {
    const v1::PaymentState state = payment.state();
    const bool sent_nothing = state == v1::PAYMENT_STATE_NOT_SENT;
    // The driver's requests are well formed: a gateway has no reason to refuse one.
    const bool agrees = sent_nothing ? order.posts == 0 : state == v1::PAYMENT_STATE_NOT_RECEIVED;
    if (agrees) return;
    findings_.push_back({Finding::Kind::kWrong,
                         absl::StrCat(payment.payment_id(), " is ", v1::PaymentState_Name(state),
                                      ", posted ", order.posts, " times and not booked"),
                         IsOpen(state)});
  }

  void CheckRefunds(const v1::Payment& original, const BookedOrder& order) {
    const int64_t settled =
        original.has_settled_amount() ? original.settled_amount() : original.amount();
    int64_t refunded = 0;
    for (const auto& [id, payment] : accounts_.ledger) {
      if (payment.original_payment_id() != original.payment_id()) continue;
      if (IsOpen(payment.state()) || payment.state() == v1::PAYMENT_STATE_APPROVED) {
        refunded += payment.amount();
      }
    }
    const bool is_too_much = refunded > settled && !accounts_.is_restored;
    if (is_too_much || order.refunded > settled) {
      Wrong(absl::StrCat(original.payment_id(), " settled ", settled, "; refunded were ", refunded,
                         ", at the gateway ", order.refunded));
    }
  }

  const Accounts& accounts_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> CheckLedger(const Accounts& accounts) { return Check(accounts).Run(); }

}  // namespace cardvault::torture
