#include "keys/custody/secret_sharing.h"

#include <array>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/secret_bytes.h"
#include "gtest/gtest.h"
#include "keys/key_material.h"
#include "keys/key_material_access.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using Material = std::shared_ptr<const KeyMaterial>;

// GF(2^8) by its definition, without the library's tables: carry-less multiplication, reduced by
// x^8 + x^4 + x^3 + x^2 + 1.
uint8_t Times(uint8_t a, uint8_t b) {
  int product = 0;
  for (int bit = 0; bit < 8; ++bit) {
    if ((b >> bit & 1) != 0) product ^= a << bit;
  }
  for (int bit = 15; bit >= 8; --bit) {
    if ((product >> bit & 1) != 0) product ^= 0x11D << (bit - 8);
  }
  return static_cast<uint8_t>(product);
}

uint8_t Inverse(uint8_t a) {
  for (int b = 1; b < 256; ++b) {
    if (Times(a, static_cast<uint8_t>(b)) == 1) return static_cast<uint8_t>(b);
  }
  return 0;
}

struct Point {
  uint8_t x;
  uint8_t y;
};

// The value at `x` of the polynomial of the least degree through the points (Lagrange).
uint8_t Interpolate(const std::vector<Point>& points, uint8_t x) {
  uint8_t sum = 0;
  for (const Point& point : points) {
    uint8_t term = point.y;
    for (const Point& other : points) {
      if (other.x == point.x) continue;
      term = Times(term, Times(x ^ other.x, Inverse(point.x ^ other.x)));
    }
    sum ^= term;
  }
  return sum;
}

// What a share says of one byte of the key.
Point PointOf(const SecretBytes& share, size_t byte) {
  const absl::string_view bytes = SecretBytesAccess::View(share);
  return {static_cast<uint8_t>(bytes[0]), static_cast<uint8_t>(bytes[1 + byte])};
}

Material TestKey() {
  std::string bytes;
  for (size_t i = 0; i < kKeySize; ++i) bytes.push_back(static_cast<char>(0xA0 + i));
  return *KeyMaterial::CopyOf(bytes);
}

std::vector<SecretBytes> Split(const Material& key, uint32_t threshold, uint32_t count) {
  auto shares = SplitKey(*key, threshold, count);
  EXPECT_THAT(shares, IsOk());
  return *std::move(shares);
}

Material Held(const SecretBytes& share) {
  return *KeyMaterial::CopyOf(SecretBytesAccess::View(share));
}

bool Same(const Material& a, const Material& b) {
  return KeyMaterialAccess::View(*a) == KeyMaterialAccess::View(*b);
}

// The shares of which `mask` has the bit.
std::vector<Material> Chosen(const std::vector<SecretBytes>& shares, unsigned int mask) {
  std::vector<Material> chosen;
  for (size_t i = 0; i < shares.size(); ++i) {
    if ((mask >> i & 1) != 0) chosen.push_back(Held(shares[i]));
  }
  return chosen;
}

// K7
TEST(SecretSharingTest, AnyThresholdOfSharesGivesTheKeyAndNoFewerDo) {
  const Material key = TestKey();
  for (uint32_t count = 2; count <= 6; ++count) {
    for (uint32_t threshold = 2; threshold <= count; ++threshold) {
      const std::vector<SecretBytes> shares = Split(key, threshold, count);
      ASSERT_EQ(shares.size(), count);
      for (unsigned int mask = 0; mask < 1u << count; ++mask) {
        const auto size = static_cast<uint32_t>(__builtin_popcount(mask));
        if (size < 2) continue;
        const auto combined = CombineKey(Chosen(shares, mask));
        ASSERT_THAT(combined, IsOk());
        EXPECT_EQ(Same(*combined, key), size >= threshold) << threshold << " of " << count;
      }
    }
  }
}

TEST(SecretSharingTest, TheOrderOfSharesDoesNotMatter) {
  const Material key = TestKey();
  const std::vector<SecretBytes> shares = Split(key, 3, 5);
  const auto combined = CombineKey({Held(shares[4]), Held(shares[0]), Held(shares[2])});
  ASSERT_THAT(combined, IsOk());
  EXPECT_TRUE(Same(*combined, key));
}

TEST(SecretSharingTest, SplitsAmongTheMostThatThereMayBe) {
  const Material key = TestKey();
  const std::vector<SecretBytes> shares = Split(key, kMaxShareCount, kMaxShareCount);
  const auto combined = CombineKey(Chosen(shares, (1u << kMaxShareCount) - 1));
  ASSERT_THAT(combined, IsOk());
  EXPECT_TRUE(Same(*combined, key));
}

// The shares against the definition, computed without the library.
TEST(SecretSharingTest, EveryShareIsOnThePolynomialOfEachByte) {
  const Material key = TestKey();
  const std::vector<SecretBytes> shares = Split(key, 3, 6);
  for (size_t byte = 0; byte < kKeySize; ++byte) {
    const std::vector<Point> three = {PointOf(shares[0], byte), PointOf(shares[1], byte),
                                      PointOf(shares[2], byte)};
    EXPECT_EQ(Interpolate(three, 0), static_cast<uint8_t>(KeyMaterialAccess::View(*key)[byte]));
    for (const SecretBytes& share : shares) {
      const Point point = PointOf(share, byte);
      EXPECT_EQ(Interpolate(three, point.x), point.y);
    }
  }
}

// Shares worked out by hand: secret s and coefficients c, d give s + c x + d x^2 in GF(2^8).
TEST(SecretSharingTest, CombinesSharesComputedWithoutTheLibrary) {
  std::array<std::string, 3> shares;
  const std::array<uint8_t, 3> places = {1, 0x53, 0xFF};
  std::string key;
  for (size_t i = 0; i < 3; ++i) shares[i].push_back(static_cast<char>(places[i]));
  for (size_t byte = 0; byte < kKeySize; ++byte) {
    const auto s = static_cast<uint8_t>(7 * byte);
    const auto c = static_cast<uint8_t>(31 * byte);  // the first is 0
    const auto d = static_cast<uint8_t>(0xC5 + 13 * byte);
    key.push_back(static_cast<char>(s));
    for (size_t i = 0; i < 3; ++i) {
      const uint8_t x = places[i];
      shares[i].push_back(static_cast<char>(s ^ Times(c, x) ^ Times(d, Times(x, x))));
    }
  }
  const auto combined =
      CombineKey({*KeyMaterial::CopyOf(shares[0]), *KeyMaterial::CopyOf(shares[1]),
                  *KeyMaterial::CopyOf(shares[2])});
  ASSERT_THAT(combined, IsOk());
  EXPECT_TRUE(KeyMaterialAccess::View(**combined) == key);
}

// K7: of all 2^24 polynomials for a secret of one byte, those that give the two shares at hand are
// equally many for each secret: exactly one.
TEST(SecretSharingTest, OneShareTooFewIsConsistentWithEverySecretAlike) {
  const std::vector<SecretBytes> shares = Split(TestKey(), 3, 4);
  const Point p = PointOf(shares[1], 0);
  const Point q = PointOf(shares[3], 0);
  std::array<uint8_t, 256> linear_p, linear_q, square_p, square_q;
  for (int c = 0; c < 256; ++c) {
    const auto coefficient = static_cast<uint8_t>(c);
    linear_p[c] = Times(coefficient, p.x);
    linear_q[c] = Times(coefficient, q.x);
    square_p[c] = Times(coefficient, Times(p.x, p.x));
    square_q[c] = Times(coefficient, Times(q.x, q.x));
  }
  for (int secret = 0; secret < 256; ++secret) {
    int consistent = 0;
    for (int c = 0; c < 256; ++c) {
      for (int d = 0; d < 256; ++d) {
        if ((secret ^ linear_p[c] ^ square_p[d]) == p.y &&
            (secret ^ linear_q[c] ^ square_q[d]) == q.y) {
          ++consistent;
        }
      }
    }
    ASSERT_EQ(consistent, 1) << secret;
  }
}

// And each of those polynomials is as likely as any: coefficients are uniform, 0 among them, and
// independent of the key and of each other. Chi-square with 255 degrees of freedom is above 400
// once in 10^8.
TEST(SecretSharingTest, CoefficientsAreUniform) {
  constexpr int kSplits = 2000;
  constexpr double kLimit = 400;
  const Material key = TestKey();
  std::array<int, 256> first{}, second{}, sum{}, beside_key{};
  for (int split = 0; split < kSplits; ++split) {
    const std::vector<SecretBytes> shares = Split(key, 3, 3);
    // With y' = y - s: y'/x = c + d x, a line through two points.
    const uint8_t x0 = PointOf(shares[0], 0).x;
    const uint8_t x1 = PointOf(shares[1], 0).x;
    const uint8_t inverse0 = Inverse(x0);
    const uint8_t inverse1 = Inverse(x1);
    const uint8_t inverse_step = Inverse(x0 ^ x1);
    for (size_t byte = 0; byte < kKeySize; ++byte) {
      const auto s = static_cast<uint8_t>(KeyMaterialAccess::View(*key)[byte]);
      const uint8_t a = Times(PointOf(shares[0], byte).y ^ s, inverse0);
      const uint8_t b = Times(PointOf(shares[1], byte).y ^ s, inverse1);
      const uint8_t d = Times(a ^ b, inverse_step);
      const uint8_t c = a ^ Times(d, x0);
      ++first[c];
      ++second[d];
      ++sum[c ^ d];
      ++beside_key[c ^ s];
    }
  }
  for (const auto& counts : {first, second, sum, beside_key}) {
    const double expected = kSplits * static_cast<double>(kKeySize) / 256;
    double chi_square = 0;
    for (const int count : counts) chi_square += (count - expected) * (count - expected) / expected;
    EXPECT_LT(chi_square, kLimit);
  }
}

TEST(SecretSharingTest, CoordinatesAreRandomDistinctAndNeverZero) {
  const Material key = TestKey();
  std::set<uint8_t> first_places;
  for (int split = 0; split < 500; ++split) {
    std::set<uint8_t> places;
    for (const SecretBytes& share : Split(key, 2, kMaxShareCount)) {
      EXPECT_EQ(share.size(), kShareSize);
      places.insert(PointOf(share, 0).x);
    }
    EXPECT_EQ(places.size(), kMaxShareCount);
    EXPECT_EQ(places.count(0), 0u);
    first_places.insert(*places.begin());
  }
  EXPECT_GT(first_places.size(), 10u);
}

TEST(SecretSharingTest, NumbersThatAreNoSplitKnowledgeAreRefused) {
  const Material key = TestKey();
  const auto refused = [&](uint32_t threshold, uint32_t count) {
    return SplitKey(*key, threshold, count).status();
  };
  EXPECT_THAT(refused(0, 3),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid));
  EXPECT_THAT(refused(1, 3),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid));
  EXPECT_THAT(refused(1, 1),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid));
  EXPECT_THAT(refused(4, 3),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid));
  EXPECT_THAT(refused(2, kMaxShareCount + 1),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid));
  EXPECT_THAT(refused(258, 300),  // 2 in eight bits
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid));
}

TEST(SecretSharingTest, SharesThatCannotBeCombinedAreRefused) {
  const std::vector<SecretBytes> shares = Split(TestKey(), 2, 3);
  const auto view = SecretBytesAccess::View(shares[1]);
  const Material cut = *KeyMaterial::CopyOf(view.substr(0, kShareSize - 1));
  const Material at_zero =
      *KeyMaterial::CopyOf(std::string(1, '\0') + std::string(view.substr(1).data(), kKeySize));
  const Material first = Held(shares[0]);
  for (const auto& pair : std::vector<std::vector<Material>>{
           {first}, {first, first}, {first, cut}, {first, at_zero}, {}}) {
    EXPECT_THAT(CombineKey(pair).status(),
                StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid));
  }
}

}  // namespace
}  // namespace cardvault
