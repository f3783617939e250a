#include "forwarder/iso_country.h"

#include <string>

#include "gtest/gtest.h"

namespace cardvault {
namespace {

TEST(IsoCountryTest, KnowsAssignedCodesAlone) {
  for (const char* code : {"US", "CA", "AU", "DE", "GB", "ZW", "AD", "OM", "QA"}) {
    EXPECT_TRUE(IsCountryCode(code)) << code;
  }
  for (const char* code : {"", "U", "us", "USA", "XX", "UK", "EU", "ZZ", "U1", "1U"}) {
    EXPECT_FALSE(IsCountryCode(code)) << code;
  }
}

TEST(IsoCountryTest, Knows249Codes) {
  int count = 0;
  for (char a = 'A'; a <= 'Z'; ++a) {
    for (char b = 'A'; b <= 'Z'; ++b) count += IsCountryCode(std::string({a, b}));
  }
  EXPECT_EQ(count, 249);
}

}  // namespace
}  // namespace cardvault
