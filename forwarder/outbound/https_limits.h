#ifndef CARDVAULT_FORWARDER_OUTBOUND_HTTPS_LIMITS_H_
#define CARDVAULT_FORWARDER_OUTBOUND_HTTPS_LIMITS_H_

#include <cstddef>

#include "absl/time/time.h"

namespace cardvault {

// Bounds of the outbound calls. Tests make them smaller.
struct HttpsLimits {
  // Above this many transfers at once a new one is refused before anything is opened: a slow
  // upstream must not take the process's memory (a transfer holds some 64 KiB of buffers).
  size_t max_transfers = 2048;
  // Real answers have a few hundred bytes.
  size_t max_answer_size = size_t{256} * 1024;
  size_t max_answer_header_size = size_t{32} * 1024;
  // A request signed longer ago than this is signed again before its first byte: half of the
  // shortest vendor validity (Praxis: one minute).
  absl::Duration signature_life = absl::Seconds(30);
  // Idle connections are reused up to this; one that idles longer is likely to be closed by the
  // other side just when the next payment is on its way, which then is in doubt.
  absl::Duration max_idle = absl::Seconds(30);
  // And no connection lives longer, so that certificates and addresses are looked at again.
  absl::Duration max_connection_age = absl::Minutes(10);
  // False takes the guard of HttpsTransfer out. Only for the test that shows that it is needed.
  bool has_resend_guard = true;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_HTTPS_LIMITS_H_
