#ifndef CARDVAULT_FORWARDER_OUTBOUND_TRANSPORT_SETTINGS_H_
#define CARDVAULT_FORWARDER_OUTBOUND_TRANSPORT_SETTINGS_H_

#include <string>

#include "absl/time/time.h"

namespace cardvault {

// How a route reaches its upstream. Configuration.
struct TransportSettings {
  std::string base_url;  // "https://host[:port][/prefix]"
  absl::Duration connect_timeout = absl::Seconds(5);
  absl::Duration total_timeout = absl::Seconds(30);    // below the vendor's validity
  std::string ca_file;                                 // PEM; "" : the system's roots
  std::string pinned_public_key;                       // curl's "sha256//..." form; "" : none
  bool allow_private_addresses = false;                // private and loopback ranges
  absl::Duration clock_offset = absl::ZeroDuration();  // added to the clock for timestamps
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_TRANSPORT_SETTINGS_H_
