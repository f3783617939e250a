#ifndef CARDVAULT_FORWARDER_PRAXIS_PRAXIS_NOTIFICATION_H_
#define CARDVAULT_FORWARDER_PRAXIS_PRAXIS_NOTIFICATION_H_

#include "forwarder/connector.h"
#include "forwarder/praxis/praxis_settings.h"

namespace cardvault {

// Notifications of wire version 1.1 and their acknowledgement. As Connector. Thread-safe.
MessageRule PraxisNotificationRule();
NotificationNews ReadPraxisNotification(const ReadMessage& message, const PraxisSettings& settings);
PaymentOutcome ReadPraxisNotifiedOutcome(const ReadMessage& message, const SentPayment& sent);
AcknowledgementPlan PlanPraxisAcknowledgement(const PraxisSettings& settings);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PRAXIS_PRAXIS_NOTIFICATION_H_
