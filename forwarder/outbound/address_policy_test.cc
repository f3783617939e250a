#include "forwarder/outbound/address_policy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "gtest/gtest.h"

namespace cardvault {
namespace {

AddressKind KindByStructure(const char* text) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
    return KindOfAddress(reinterpret_cast<const sockaddr*>(&v4), sizeof(v4));
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  EXPECT_EQ(inet_pton(AF_INET6, text, &v6.sin6_addr), 1) << text;
  return KindOfAddress(reinterpret_cast<const sockaddr*>(&v6), sizeof(v6));
}

TEST(AddressPolicyTest, TellsPublicPrivateAndForbidden) {  // F1
  for (const char* const text :
       {"8.8.8.8", "1.0.0.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
        "126.255.255.255", "128.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255",
        "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2a00:1450::1",
        "2001:4860:4860::8888", "64:ff9b::808:808"}) {
    EXPECT_EQ(KindOfAddress(text), AddressKind::kPublic) << text;
    EXPECT_EQ(KindByStructure(text), AddressKind::kPublic) << text;
  }
  for (const char* const text :
       {"10.0.0.1", "10.255.255.255", "100.64.0.1", "127.0.0.1", "127.255.255.255", "172.16.0.1",
        "172.31.255.255", "192.168.0.1", "::1", "fc00::1", "fdff::1", "::ffff:127.0.0.1",
        "::ffff:8.8.8.8", "64:ff9b::10.0.0.1"}) {
    EXPECT_EQ(KindOfAddress(text), AddressKind::kPrivate) << text;
    EXPECT_EQ(KindByStructure(text), AddressKind::kPrivate) << text;
  }
  for (const char* const text : {"0.0.0.0",         "0.1.2.3",
                                 "169.254.169.254", "192.0.0.1",
                                 "192.0.2.1",       "192.88.99.1",
                                 "198.18.0.1",      "198.51.100.1",
                                 "203.0.113.1",     "224.0.0.1",
                                 "239.255.255.255", "240.0.0.1",
                                 "255.255.255.255", "::",
                                 "fe80::1",         "fec0::1",
                                 "ff02::1",         "2001:db8::1",
                                 "2001::1",         "2002:7f00:1::",
                                 "::127.0.0.1",     "::ffff:169.254.169.254",
                                 "::ffff:0.0.0.0",  "64:ff9b::169.254.1.1",
                                 "64:ff9b:1::1",    "4000::1"}) {
    EXPECT_EQ(KindOfAddress(text), AddressKind::kForbidden) << text;
    EXPECT_EQ(KindByStructure(text), AddressKind::kForbidden) << text;
  }
}

TEST(AddressPolicyTest, WhatIsNoAddressIsForbidden) {
  for (const char* const text : {"", "localhost", "1.2.3", "127.0.0.1:80", "[::1]", "0x7f.1"}) {
    EXPECT_EQ(KindOfAddress(text), AddressKind::kForbidden) << text;
  }
  EXPECT_EQ(KindOfAddress(nullptr), AddressKind::kForbidden);
  EXPECT_EQ(KindOfAddress(nullptr, 0), AddressKind::kForbidden);
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  EXPECT_EQ(KindOfAddress(reinterpret_cast<const sockaddr*>(&local), sizeof(local)),
            AddressKind::kForbidden);
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  inet_pton(AF_INET, "8.8.8.8", &v4.sin_addr);
  EXPECT_EQ(KindOfAddress(reinterpret_cast<const sockaddr*>(&v4), sizeof(v4) - 1),
            AddressKind::kForbidden);
}

TEST(AddressPolicyTest, RoutesMayAllowPrivateOnesOnly) {
  EXPECT_TRUE(MayConnect(AddressKind::kPublic, false));
  EXPECT_FALSE(MayConnect(AddressKind::kPrivate, false));
  EXPECT_TRUE(MayConnect(AddressKind::kPrivate, true));
  EXPECT_FALSE(MayConnect(AddressKind::kForbidden, true));
}

}  // namespace
}  // namespace cardvault
