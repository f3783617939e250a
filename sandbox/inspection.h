#ifndef CARDVAULT_SANDBOX_INSPECTION_H_
#define CARDVAULT_SANDBOX_INSPECTION_H_

#include "sandbox/notification_outbox.h"
#include "sandbox/order_book.h"
#include "sandbox/tls_server.h"

namespace cardvault::sandbox {

// Adds what tests ask a gateway: GET /sandbox/stats, POST /sandbox/reset, POST /sandbox/settle.
// README.md describes them. None of them ever shows card data. `book` and `outbox` must outlive
// `server`.
void ServeInspection(OrderBook& book, NotificationOutbox& outbox, TlsServer& server);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_INSPECTION_H_
