#ifndef CARDVAULT_SERVER_METRICS_H_
#define CARDVAULT_SERVER_METRICS_H_

#include <memory>
#include <string>

#include "forwarder/payments.h"

namespace cardvault {

// The metrics page: what an operator's Prometheus reads, over HTTP without TLS, on a loopback
// address alone. No name, value or label of it is a caller's text.
//
//   cardvault_payments_open              payments without an end, counted up to 10,000
//   cardvault_payments_in_doubt          of these, those whose outcome is not known
//   cardvault_payments_needs_review      payments that a person must look at, counted up to 10,000
//   cardvault_reconciler_questions_total status calls that the reconciler asked since the start
//
// Thread-safe.
class Metrics final {
 public:
  // Serves /metrics at `address` ("host:port"); null when the address is taken or not this
  // machine's. `payments` outlives it.
  static std::unique_ptr<Metrics> Start(const std::string& address, const Payments& payments);
  ~Metrics();

  int port() const;

 private:
  class Impl;
  explicit Metrics(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_METRICS_H_
