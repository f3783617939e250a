#ifndef CARDVAULT_FORWARDER_OUTBOUND_OUTBOUND_SENDER_H_
#define CARDVAULT_FORWARDER_OUTBOUND_OUTBOUND_SENDER_H_

#include <cstddef>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "forwarder/outbound/outbound.h"  // IWYU pragma: export

namespace cardvault {

// Above this many transfers at once a new one is refused before anything is opened: a slow
// upstream must not take the process's memory (a transfer holds some 64 KiB of TLS buffers).
inline constexpr size_t kMaxTransfers = 2048;
inline constexpr size_t kMaxAnswerSize = 256 * 1024;  // bytes; real answers have a few hundred
// A request signed longer ago than this is signed again before its first byte: half of the
// shortest vendor validity (Praxis: one minute).
inline constexpr absl::Duration kSignatureLife = absl::Seconds(30);

// The only place where a card meets a request: opens the card, renders the plan, signs those
// bytes, sends those same bytes at most once, wipes them, verifies and scrubs the answer. One
// event loop (libcurl multi) on its own thread carries every transfer. Thread-safe.
class OutboundSender final : public Outbound {
 public:
  // INTERNAL when the loop cannot be set up. `clock` outlives it.
  static absl::StatusOr<std::unique_ptr<OutboundSender>> Start(const Clock& clock);
  ~OutboundSender() override;  // as Stop

  // `done` runs on the loop's thread.
  void Send(OutboundRequest request, Done done) override;

  // Waits up to `patience` for transfers under way, then ends the rest as kUnknown (kNotSent where
  // that is proved). Idempotent.
  void Stop(absl::Duration patience);

 private:
  class Impl;
  explicit OutboundSender(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_OUTBOUND_SENDER_H_
