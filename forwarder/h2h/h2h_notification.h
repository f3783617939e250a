#ifndef CARDVAULT_FORWARDER_H2H_H2H_NOTIFICATION_H_
#define CARDVAULT_FORWARDER_H2H_H2H_NOTIFICATION_H_

#include "forwarder/connector.h"
#include "forwarder/h2h/h2h_settings.h"

namespace cardvault {

// Callbacks of the General Card H2H API. Their form is not public: taken are the members of a
// status answer, and how they are signed is the route's to say. As Connector. Thread-safe.
MessageRule H2hNotificationRule(const H2hSettings& settings);
NotificationNews ReadH2hNotification(const ReadMessage& message, const MessageHeaders& headers,
                                     const H2hSettings& settings);
PaymentOutcome ReadH2hNotifiedOutcome(const ReadMessage& message, const SentPayment& sent);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_H2H_H2H_NOTIFICATION_H_
