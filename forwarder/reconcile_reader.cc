#include "forwarder/reconcile_reader.h"

namespace cardvault {
namespace {

// Short enough for tests that do not wait; not so short that a route asks without a pause.
constexpr absl::Duration kMinWait = absl::Milliseconds(10);
// What is looked at more rarely than once a day is not watched.
constexpr absl::Duration kMaxWait = absl::Hours(24);
// Upstreams settle disputes over days; what is open after a month needs a person in any case.
constexpr absl::Duration kMaxReviewAfter = absl::Hours(30 * 24);

}  // namespace

ReconcileSettings ReadReconcileSettings(RouteSection& root,
                                        std::optional<absl::Duration> default_not_found_after) {
  RouteSection section = root.Section("reconcile", RouteSection::kOptional);
  ReconcileSettings settings;
  const auto read_wait = [&section](const char* key, absl::Duration& wait) {
    wait = section.Duration(key, wait, kMinWait, kMaxWait);
  };
  read_wait("in_doubt_after", settings.in_doubt_after);
  read_wait("pending_after", settings.pending_after);
  read_wait("max_interval", settings.max_interval);
  settings.not_found_after =
      section.DurationOrNever("not_found_after", default_not_found_after, kMinWait, kMaxWait);
  read_wait("not_found_interval", settings.not_found_interval);
  settings.review_after =
      section.Duration("review_after", settings.review_after, kMinWait, kMaxReviewAfter);
  section.RefuseUnknownKeys();
  return settings;
}

}  // namespace cardvault
