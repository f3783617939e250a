#ifndef CARDVAULT_FORWARDER_PRAXIS_PRAXIS13_NOTIFICATION_H_
#define CARDVAULT_FORWARDER_PRAXIS_PRAXIS13_NOTIFICATION_H_

#include "forwarder/connector.h"
#include "forwarder/praxis/praxis13_settings.h"

namespace cardvault {

// Notifications of wire version 1.3 and their acknowledgement. As Connector. Thread-safe.
//
// The vendor's list of signed values leaves transaction_status out, and its values run into each
// other: of two notifications one can make a third with another status or order, rightly signed.
// They come through other hands, so a verified one proves no more than that something happened:
// what became of the payment find-order tells.
MessageRule Praxis13NotificationRule();
NotificationNews ReadPraxis13Notification(const ReadMessage& message,
                                          const Praxis13Settings& settings);
PaymentOutcome ReadPraxis13NotifiedOutcome(const ReadMessage& message, const SentPayment& sent);
AcknowledgementPlan PlanPraxis13Acknowledgement();

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PRAXIS_PRAXIS13_NOTIFICATION_H_
