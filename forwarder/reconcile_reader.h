#ifndef CARDVAULT_FORWARDER_RECONCILE_READER_H_
#define CARDVAULT_FORWARDER_RECONCILE_READER_H_

#include <optional>

#include "absl/time/time.h"
#include "forwarder/reconcile_settings.h"
#include "forwarder/route_section.h"

namespace cardvault {

// Reads the section `reconcile` of a route document, which may be absent.
// `default_not_found_after` is the connector's. Mistakes are noted in `root`.
ReconcileSettings ReadReconcileSettings(RouteSection& root,
                                        std::optional<absl::Duration> default_not_found_after);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_RECONCILE_READER_H_
