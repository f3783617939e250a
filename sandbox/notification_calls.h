#ifndef CARDVAULT_SANDBOX_NOTIFICATION_CALLS_H_
#define CARDVAULT_SANDBOX_NOTIFICATION_CALLS_H_

#include <httplib.h>

#include "sandbox/notification_outbox.h"
#include "sandbox/order_book.h"

namespace cardvault::sandbox {

// Adds what a test or demo that plays the merchant asks a gateway: GET /sandbox/notifications, POST
// /sandbox/notifications/acknowledge and POST /sandbox/notifications/forge. README.md describes
// them. `book` and `outbox` must outlive `server`.
void ServeNotifications(OrderBook& book, NotificationOutbox& outbox, httplib::Server& server);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_NOTIFICATION_CALLS_H_
