#ifndef CARDVAULT_FORWARDER_SENT_PAYMENT_H_
#define CARDVAULT_FORWARDER_SENT_PAYMENT_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "cardvault/storage/v1/payment_record.pb.h"
#include "forwarder/ledger/payment_state.h"

namespace cardvault {

// A payment as it went upstream and what is known of it since: what an answer, a status or a
// notification is compared with and read against. Thread-compatible.
struct SentPayment {
  std::string reference;
  std::string currency;
  int64_t wire_amount = 0;
  // For amounts that arrive.
  int wire_exponent = 0;
  int iso_exponent = 0;
  PaymentKind kind = PaymentKind::kPayIn;
  PaymentState state = PaymentState::kPending;
  std::string raw_status = "";
  // Ids of the upstream's own, name and value, oldest first.
  std::vector<std::pair<std::string, std::string>> upstream_ids = {};
};

// As the ledger has it. DATA_LOSS for a record whose amount never was one.
absl::StatusOr<SentPayment> SentPaymentOf(const storage::v1::PaymentRecord& record);

// The newest id of a name; "" when there is none.
std::string NewestUpstreamId(const SentPayment& sent, absl::string_view name);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_SENT_PAYMENT_H_
