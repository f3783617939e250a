#ifndef CARDVAULT_FORWARDER_RECONCILE_SETTINGS_H_
#define CARDVAULT_FORWARDER_RECONCILE_SETTINGS_H_

#include <optional>

#include "absl/time/time.h"

namespace cardvault {

// When payments of a route that are not final are looked up at the upstream. docs/formats/route.md.
struct ReconcileSettings {
  // From the last change of the payment to its first look-up: of IN_DOUBT, and of PENDING and
  // REDIRECT_REQUIRED.
  absl::Duration in_doubt_after = absl::Seconds(5);
  absl::Duration pending_after = absl::Seconds(60);
  // The longest wait between two look-ups, to which the waits grow.
  absl::Duration max_interval = absl::Minutes(15);
  // From the sending of the request, when "not found" begins to count; nullopt: never, it resolves
  // nothing.
  std::optional<absl::Duration> not_found_after;
  // What lies at least between the two "not found" that count.
  absl::Duration not_found_interval = absl::Seconds(60);
  // From the first sending, when a payment that is still open needs a person's review.
  absl::Duration review_after = absl::Hours(24);
};

// From when on the upstream's "not found" counts of a request whose sending began at `begun`: it
// was signed, and its validity began, while its transfer lasted. InfiniteFuture where it never
// does.
inline absl::Time NotFoundCountsFrom(absl::Time begun, absl::Duration total_timeout,
                                     const ReconcileSettings& settings) {
  if (!settings.not_found_after.has_value()) return absl::InfiniteFuture();
  return begun + total_timeout + *settings.not_found_after;
}

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_RECONCILE_SETTINGS_H_
