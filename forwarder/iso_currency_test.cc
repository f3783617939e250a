#include "forwarder/iso_currency.h"

#include <optional>

#include "gtest/gtest.h"

namespace cardvault {
namespace {

TEST(IsoCurrencyTest, KnowsExponents) {
  for (const char* code : {"USD", "EUR", "AED", "ZWG", "CLP", "JPY", "BHD", "TND", "XPF"}) {
    EXPECT_TRUE(IsoExponent(code).has_value()) << code;
  }
  EXPECT_EQ(IsoExponent("USD"), 2);
  EXPECT_EQ(IsoExponent("KRW"), 0);
  EXPECT_EQ(IsoExponent("VND"), 0);
  for (const char* code : {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}) {
    EXPECT_EQ(IsoExponent(code), 3) << code;
  }
}

TEST(IsoCurrencyTest, RefusesWhatIsNoCurrency) {
  for (const char* code : {"", "US", "USDX", "usd", "XXX", "XTS", "XAU", "D A", "ED ", "CLF"}) {
    EXPECT_EQ(IsoExponent(code), std::nullopt) << code;
  }
}

}  // namespace
}  // namespace cardvault
