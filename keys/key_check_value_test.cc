#include "keys/key_check_value.h"

#include <memory>
#include <set>
#include <string>

#include "gtest/gtest.h"
#include "keys/key_material.h"

namespace cardvault {
namespace {

// Pinned: inventories and audit entries of years ago name keys by it. Computed apart from this
// code, with Python's hmac over the label behind its length in four bytes.
TEST(KeyCheckValueTest, IsFixed) {
  EXPECT_EQ(KeyCheckValue(*KeyMaterial::CopyOf("THIS IS A TEST KEY, NOT A SECRET")), "93ca49");
}

TEST(KeyCheckValueTest, IsSixHexadecimalDigitsThatTellKeysApart) {
  std::set<std::string> values;
  for (int i = 0; i < 50; ++i) {
    const std::string value = KeyCheckValue(*KeyMaterial::Generate());
    EXPECT_EQ(value.size(), 6u);
    EXPECT_EQ(value.find_first_not_of("0123456789abcdef"), std::string::npos) << value;
    values.insert(value);
  }
  EXPECT_GE(values.size(), 49u);  // two of 50 agree once in 14,000 runs
}

}  // namespace
}  // namespace cardvault
