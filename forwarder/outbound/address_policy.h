#ifndef CARDVAULT_FORWARDER_OUTBOUND_ADDRESS_POLICY_H_
#define CARDVAULT_FORWARDER_OUTBOUND_ADDRESS_POLICY_H_

#include <sys/socket.h>

namespace cardvault {

// What kind of network an address belongs to, by the IANA special-purpose registries.
enum class AddressKind {
  kPublic,
  kPrivate,    // loopback, RFC 1918, shared (100.64/10), unique local: routes may allow them
  kForbidden,  // no upstream is there: unspecified, link-local (cloud metadata), multicast,
               // broadcast, benchmarking, documentation, reserved; and what is neither IPv4 nor v6
};

// IPv4 in IPv6 (mapped, NAT64) is judged by the IPv4 address in it; mapped ones are never public,
// because no resolver gives them for an honest name. `address` is of `size` bytes. Thread-safe.
AddressKind KindOfAddress(const sockaddr* address, socklen_t size);

// The same of a numeric address in text, without a port. kForbidden when it is none.
AddressKind KindOfAddress(const char* text);

// Whether a route may connect there (F1).
inline bool MayConnect(AddressKind kind, bool allow_private_addresses) {
  return kind == AddressKind::kPublic || (kind == AddressKind::kPrivate && allow_private_addresses);
}

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_ADDRESS_POLICY_H_
