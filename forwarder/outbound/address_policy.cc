#include "forwarder/outbound/address_policy.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace cardvault {
namespace {

struct Range4 {
  uint32_t network;
  int prefix;
  AddressKind kind;
};

constexpr uint32_t Ip4(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

// All that is not public.
constexpr Range4 kRanges4[] = {
    {Ip4(0, 0, 0, 0), 8, AddressKind::kForbidden},        // "this network"
    {Ip4(10, 0, 0, 0), 8, AddressKind::kPrivate},         // RFC 1918
    {Ip4(100, 64, 0, 0), 10, AddressKind::kPrivate},      // shared, RFC 6598
    {Ip4(127, 0, 0, 0), 8, AddressKind::kPrivate},        // loopback
    {Ip4(169, 254, 0, 0), 16, AddressKind::kForbidden},   // link-local
    {Ip4(172, 16, 0, 0), 12, AddressKind::kPrivate},      // RFC 1918
    {Ip4(192, 0, 0, 0), 24, AddressKind::kForbidden},     // protocol assignments
    {Ip4(192, 0, 2, 0), 24, AddressKind::kForbidden},     // documentation
    {Ip4(192, 88, 99, 0), 24, AddressKind::kForbidden},   // 6to4 relays, withdrawn
    {Ip4(192, 168, 0, 0), 16, AddressKind::kPrivate},     // RFC 1918
    {Ip4(198, 18, 0, 0), 15, AddressKind::kForbidden},    // benchmarking
    {Ip4(198, 51, 100, 0), 24, AddressKind::kForbidden},  // documentation
    {Ip4(203, 0, 113, 0), 24, AddressKind::kForbidden},   // documentation
    {Ip4(224, 0, 0, 0), 3, AddressKind::kForbidden},      // multicast, reserved, broadcast
};

AddressKind KindOf4(uint32_t address) {
  for (const Range4& range : kRanges4) {
    if ((address ^ range.network) >> (32 - range.prefix) == 0) return range.kind;
  }
  return AddressKind::kPublic;
}

using Ip6 = std::array<uint8_t, 16>;

uint32_t Last32(const Ip6& address) {
  return Ip4(address[12], address[13], address[14], address[15]);
}

bool BeginsWith(const Ip6& address, const Ip6& prefix, size_t bytes) {
  return std::memcmp(address.data(), prefix.data(), bytes) == 0;
}

AddressKind KindOf6(const Ip6& address) {
  constexpr Ip6 kLoopback = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  constexpr Ip6 kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};  // ::ffff:0:0/96
  constexpr Ip6 kNat64 = {0, 0x64, 0xff, 0x9b};                        // 64:ff9b::/96
  constexpr Ip6 kTeredo = {0x20, 0x01, 0, 0};                          // 2001::/32
  constexpr Ip6 kDocumentation = {0x20, 0x01, 0x0d, 0xb8};             // 2001:db8::/32
  constexpr Ip6 k6to4 = {0x20, 0x02};                                  // 2002::/16
  if (address == kLoopback) return AddressKind::kPrivate;
  if (BeginsWith(address, kMapped, 12)) {
    const AddressKind kind = KindOf4(Last32(address));
    return kind == AddressKind::kPublic ? AddressKind::kPrivate : kind;
  }
  if (BeginsWith(address, kNat64, 12)) return KindOf4(Last32(address));
  if ((address[0] & 0xfe) == 0xfc) return AddressKind::kPrivate;    // fc00::/7, unique local
  if ((address[0] & 0xe0) != 0x20) return AddressKind::kForbidden;  // not global unicast
  if (BeginsWith(address, kTeredo, 4) || BeginsWith(address, kDocumentation, 4) ||
      BeginsWith(address, k6to4, 2)) {
    return AddressKind::kForbidden;  // documentation, or an IPv4 address in a tunnel
  }
  return AddressKind::kPublic;
}

}  // namespace

AddressKind KindOfAddress(const sockaddr* address, socklen_t size) {
  if (address == nullptr) return AddressKind::kForbidden;
  if (address->sa_family == AF_INET && size >= sizeof(sockaddr_in)) {
    sockaddr_in v4;
    std::memcpy(&v4, address, sizeof(v4));
    return KindOf4(ntohl(v4.sin_addr.s_addr));
  }
  if (address->sa_family == AF_INET6 && size >= sizeof(sockaddr_in6)) {
    sockaddr_in6 v6;
    std::memcpy(&v6, address, sizeof(v6));
    Ip6 bytes;
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return KindOf6(bytes);
  }
  return AddressKind::kForbidden;
}

AddressKind KindOfAddress(const char* text) {
  if (text == nullptr) return AddressKind::kForbidden;
  in_addr v4;
  if (inet_pton(AF_INET, text, &v4) == 1) return KindOf4(ntohl(v4.s_addr));
  Ip6 v6;
  if (inet_pton(AF_INET6, text, v6.data()) == 1) return KindOf6(v6);
  return AddressKind::kForbidden;
}

}  // namespace cardvault
