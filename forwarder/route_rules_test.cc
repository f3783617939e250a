#include "forwarder/route_rules.h"

#include <string>

#include "gtest/gtest.h"

namespace cardvault {
namespace {

TEST(RouteRulesTest, CheckBaseUrl) {
  for (const char* good :
       {"https://gateway.example", "https://gateway.example:8443", "https://127.0.0.1:1/prefix/a",
        "https://[::1]", "https://[2001:db8::1]:443/x"}) {
    EXPECT_EQ(CheckBaseUrl(good), nullptr) << good;
  }
  for (const char* bad : {"http://gateway.example",
                          "HTTP://gateway.example",
                          "gateway.example",
                          "https://",
                          "https:///x",
                          "https://gateway.example/",
                          "https://user@gateway.example",
                          "https://gateway.example?x=1",
                          "https://gateway.example/#x",
                          "https://gateway.example:",
                          "https://gateway.example:0",
                          "https://gateway.example:65536",
                          "https://gateway.example:+1",
                          "https://gateway.example:a",
                          "https://gate way.example",
                          "https://:443",
                          "https://[::1",
                          "https://[]",
                          "https://[::1]x",
                          "https://gateway.example\\x"}) {
    EXPECT_NE(CheckBaseUrl(bad), nullptr) << bad;
  }
  EXPECT_STREQ(CheckBaseUrl("http://gateway.example"), "only https:// is spoken");
}

TEST(RouteRulesTest, CheckPath) {
  EXPECT_EQ(CheckPath("/api/process"), nullptr);
  for (const char* bad : {"api", "/a b", "/a?b", "/a#b", "/a\\b"}) {
    EXPECT_NE(CheckPath(bad), nullptr) << bad;
  }
}

TEST(RouteRulesTest, CheckFilePath) {
  EXPECT_EQ(CheckFilePath("/etc/ca.pem"), nullptr);
  EXPECT_NE(CheckFilePath("ca.pem"), nullptr);
}

TEST(RouteRulesTest, CheckPublicKeyPin) {
  const std::string pin = "sha256//" + std::string(43, 'A') + "=";
  EXPECT_EQ(CheckPublicKeyPin(pin), nullptr);
  EXPECT_EQ(CheckPublicKeyPin(pin + ";" + pin), nullptr);
  for (const std::string& bad : {std::string("sha256//"), pin + ";", "md5//" + pin.substr(8),
                                 pin + "A", "sha256//" + std::string(44, '*')}) {
    EXPECT_NE(CheckPublicKeyPin(bad), nullptr) << bad;
  }
}

TEST(RouteRulesTest, CheckNameAndHeaderValue) {
  EXPECT_EQ(CheckName("cards-eu.1"), nullptr);
  EXPECT_NE(CheckName("cards eu"), nullptr);
  EXPECT_NE(CheckName(std::string(51, 'x')), nullptr);
  EXPECT_EQ(CheckHeaderValue("key-1"), nullptr);
  EXPECT_NE(CheckHeaderValue("key 1"), nullptr);
}

}  // namespace
}  // namespace cardvault
