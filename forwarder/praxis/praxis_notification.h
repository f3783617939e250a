#ifndef CARDVAULT_FORWARDER_PRAXIS_PRAXIS_NOTIFICATION_H_
#define CARDVAULT_FORWARDER_PRAXIS_PRAXIS_NOTIFICATION_H_

#include "forwarder/connector.h"
#include "forwarder/praxis/praxis_settings.h"

namespace cardvault {

// Notifications of wire version 1.1 and their acknowledgement. As Connector. Thread-safe.
//
// The signature is over the values in the order of their names, joined: it covers neither the names
// nor where one value ends and the next begins, and the document lets further members stand between
// any two. Who has one genuine notification (and notifications come through a merchant's hands,
// which chose the order_id and the pin in it besides) can cut it anew into one that names another
// order, sum or status, rightly signed. No form of the members makes the cut unique: order_id and
// pin are neighbours, both of the merchant's making. So a verified one proves that the upstream has
// something to tell; what that is, find-order tells, over a connection of the forwarder's own.
MessageRule PraxisNotificationRule();
NotificationNews ReadPraxisNotification(const ReadMessage& message, const PraxisSettings& settings);
PaymentOutcome ReadPraxisNotifiedOutcome(const ReadMessage& message, const SentPayment& sent);
AcknowledgementPlan PlanPraxisAcknowledgement(const PraxisSettings& settings);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PRAXIS_PRAXIS_NOTIFICATION_H_
