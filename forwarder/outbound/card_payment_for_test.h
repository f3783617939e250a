#ifndef CARDVAULT_FORWARDER_OUTBOUND_CARD_PAYMENT_FOR_TEST_H_
#define CARDVAULT_FORWARDER_OUTBOUND_CARD_PAYMENT_FOR_TEST_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "base/id.h"
#include "card/token.h"
#include "forwarder/escrow/cvv_escrow.h"
#include "forwarder/outbound/outbound.h"
#include "keys/keyring.h"

namespace cardvault {

// Makes requests as the payment flow does: a sealed card, a deposited CVV, a plan of either
// upstream's kind. Not in testing/, because this package alone may seal and hold cards.
// Thread-compatible.
class CardPayment final {
 public:
  explicit CardPayment(const Clock& clock);

  // What a route to a TlsServer on `port` takes.
  static TransportSettings TransportTo(int port, const std::string& ca_file);

  // Nested, signed in headers (h2h), or flat, signed in the body, the answer too (praxis).
  OutboundRequest H2h(absl::string_view pan, absl::string_view cvv,
                      const TransportSettings& transport);
  OutboundRequest Praxis(absl::string_view pan, absl::string_view cvv,
                         const TransportSettings& transport);
  // Signed in a header over listed values, its card fields encrypted (praxis 1.3).
  OutboundRequest Praxis13(absl::string_view pan, absl::string_view cvv,
                           const TransportSettings& transport);
  // Without any card.
  static OutboundRequest StatusCall(const TransportSettings& transport);

  // Of the CVV of the last request made.
  CvvState cvv_state() const { return escrow_->StatusOf(merchant_, token_).state; }
  CvvEscrow& escrow() { return *escrow_; }

 private:
  OutboundRequest WithCard(absl::string_view pan, absl::string_view cvv,
                           const TransportSettings& transport);

  const MerchantId merchant_;
  const std::shared_ptr<const Keyring> keyring_;
  std::unique_ptr<CvvEscrow> escrow_;
  Token token_;
  int count_ = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_CARD_PAYMENT_FOR_TEST_H_
