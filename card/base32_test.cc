#include "card/base32.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

namespace cardvault {
namespace {

// RFC 4648, section 10, in lower case and without padding.
struct Vector {
  const char* bytes;
  const char* text;
};
constexpr Vector kVectors[] = {
    {"", ""},
    {"f", "my"},
    {"fo", "mzxq"},
    {"foo", "mzxw6"},
    {"foob", "mzxw6yq"},
    {"fooba", "mzxw6ytb"},
    {"foobar", "mzxw6ytboi"},
};

TEST(Base32Test, Rfc4648Vectors) {
  for (const Vector& v : kVectors) {
    EXPECT_EQ(Base32Lower(v.bytes), v.text);
    std::string bytes;
    EXPECT_TRUE(DecodeBase32Lower(v.text, bytes));
    EXPECT_EQ(bytes, v.bytes);
  }
}

TEST(Base32Test, EveryByteComesBack) {
  std::string all;
  for (int i = 0; i < 256; ++i) {
    all.push_back(static_cast<char>(i));
    std::string bytes;
    ASSERT_TRUE(DecodeBase32Lower(Base32Lower(all), bytes));
    ASSERT_EQ(bytes, all);
  }
}

TEST(Base32Test, OneTextForOneValue) {
  std::string bytes;
  // Of 32 last characters only those whose filling bits are zero: "my" but not "mz".
  int taken = 0;
  for (const char c : std::string("abcdefghijklmnopqrstuvwxyz234567")) {
    if (DecodeBase32Lower(std::string("m") + c, bytes)) ++taken;
  }
  EXPECT_EQ(taken, 8);
  // Lengths that no number of bytes gives.
  for (const char* const text : {"a", "aaa", "aaaaaa"}) {
    EXPECT_FALSE(DecodeBase32Lower(text, bytes)) << text;
  }
}

TEST(Base32Test, OtherCharactersAreRefused) {
  std::string bytes;
  for (const char* const text :
       {"MY", "m0", "m1", "m8", "m9", "my======", "m ", "m\n", "m-", "\xff\xff"}) {
    EXPECT_FALSE(DecodeBase32Lower(text, bytes)) << text;
  }
}

}  // namespace
}  // namespace cardvault
