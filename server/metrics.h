#ifndef CARDVAULT_SERVER_METRICS_H_
#define CARDVAULT_SERVER_METRICS_H_

#include <memory>
#include <string>

#include "base/clock.h"
#include "forwarder/payments.h"
#include "keys/keyring_holder.h"
#include "reencryption/reencryption_job.h"
#include "vault/checkpoint/checkpointer.h"
#include "vault/commit/commit_gate.h"

namespace cardvault {

// The metrics page: what an operator's Prometheus reads, over HTTP without TLS, on a loopback
// address alone. No name, value or label of it is a caller's text.
//
//   cardvault_payments_open              payments without an end, counted up to 10,000
//   cardvault_payments_in_doubt          of these, those whose outcome is not known
//   cardvault_payments_needs_review      payments that a person must look at, counted up to 10,000
//   cardvault_reconciler_questions_total status calls that the reconciler asked since the start
//   cardvault_audit_entries              entries of the audit log
//   cardvault_audit_unsigned_entries     of these, those that no checkpoint covers yet
//   cardvault_audit_failing              1 while the log cannot be written as it must be, else 0
//   cardvault_audit_sink_failing{sink}   the same of each sink, by kind and place: "file 1"
//   cardvault_sealed                     1 while the vault has no keys, else 0
//   cardvault_key_seconds_left{purpose}  until the version that encrypts stops to; negative: it has
//   cardvault_reencryption_rows_left     rows to move, an estimate; 0 when nothing is to be moved
//
// Thread-safe.
class Metrics final {
 public:
  // What is shown; all outlive the metrics.
  struct Parts {
    const Payments& payments;
    const KeyringHolder& keyring;
    const ReencryptionJob& reencryption;
    const Checkpointer& checkpointer;
    CommitGate& log_health;
    const Clock& clock;
  };
  // Serves /metrics at `address` ("host:port"); null when the address is taken or not this
  // machine's.
  static std::unique_ptr<Metrics> Start(const std::string& address, const Parts& parts);
  ~Metrics();

  int port() const;

 private:
  class Impl;
  explicit Metrics(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_METRICS_H_
