#include "keys/key_material.h"

#include <openssl/crypto.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "keys/crypto_sizes.h"
#include "keys/key_material_access.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

// What nobody can do with a key.
static_assert(!std::is_copy_constructible_v<KeyMaterial>);
static_assert(!std::is_move_constructible_v<KeyMaterial>);
static_assert(!std::is_copy_assignable_v<KeyMaterial>);
static_assert(!std::is_default_constructible_v<KeyMaterial>);
static_assert(!std::is_constructible_v<KeyMaterial, char*, size_t>);
static_assert(!std::is_constructible_v<absl::AlphaNum, const KeyMaterial&>);
static_assert(!std::is_convertible_v<const KeyMaterial&, absl::string_view>);
template <typename T>
concept Comparable = requires(const T& a, const T& b) {
  a == b;
};
static_assert(!Comparable<KeyMaterial>);
template <typename T>
concept Streamable = requires(std::ostream& os, const T& a) {
  os << a;
};
static_assert(!Streamable<KeyMaterial>);
template <typename T>
concept ViewableWhenTemporary = requires(T&& a) {
  KeyMaterialAccess::View(std::move(a)).data();
};
static_assert(!ViewableWhenTemporary<KeyMaterial>);

// The "VmFlags" line of the mapping that holds `address`.
std::string VmFlagsOf(const void* address) {
  const auto wanted = reinterpret_cast<uintptr_t>(address);
  std::ifstream smaps("/proc/self/smaps");
  std::string line;
  bool inside = false;
  while (std::getline(smaps, line)) {
    uintptr_t from = 0;
    uintptr_t to = 0;
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " ", &from, &to) == 2) {
      inside = from <= wanted && wanted < to;
    } else if (inside && absl::StartsWith(line, "VmFlags:")) {
      return line + " ";
    }
  }
  return "";
}

// K1
TEST(KeyMaterialTest, GenerateKeepsTheKeyInLockedMemoryThatIsNotDumped) {
  auto key = KeyMaterial::Generate();
  ASSERT_THAT(key, IsOk());
  const char* const data = KeyMaterialAccess::View(**key).data();
  EXPECT_EQ(CRYPTO_secure_allocated(data), 1);
  const std::string flags = VmFlagsOf(data);
  EXPECT_TRUE(absl::StrContains(flags, " lo ")) << flags;  // locked
  EXPECT_TRUE(absl::StrContains(flags, " dd ")) << flags;  // not in core dumps
}

// K4
TEST(KeyMaterialTest, GenerateMakesAnotherKeyOf32BytesEachTime) {
  std::set<std::string> keys;
  for (int i = 0; i < 100; ++i) {
    auto key = KeyMaterial::Generate();
    ASSERT_THAT(key, IsOk());
    EXPECT_EQ((*key)->size(), kKeySize);
    keys.insert(std::string(KeyMaterialAccess::View(**key)));
  }
  EXPECT_EQ(keys.size(), 100u);
}

TEST(KeyMaterialTest, CopyOfHoldsTheBytes) {
  for (const size_t size : {1, 16, 31, 32, 33, 131, 4096}) {
    const std::string bytes(size, 'k');
    auto key = KeyMaterial::CopyOf(bytes);
    ASSERT_THAT(key, IsOk());
    EXPECT_EQ((*key)->size(), size);
    EXPECT_TRUE(KeyMaterialAccess::View(**key) == bytes);
  }
}

TEST(KeyMaterialTest, DestructorCleansesTheBytes) {
  const std::string pattern(kKeySize, '\x5a');
  auto key = KeyMaterial::CopyOf(pattern);
  ASSERT_THAT(key, IsOk());
  // The heap stays mapped after the free, so that what is left can be looked at.
  const char* const data = KeyMaterialAccess::View(**key).data();
  ASSERT_EQ(std::memcmp(data, pattern.data(), kKeySize), 0);
  *key = nullptr;
  for (size_t i = 0; i < kKeySize; ++i) EXPECT_NE(data[i], '\x5a') << i;
}

TEST(KeyMaterialTest, GenerateRefusesWhenTheHeapIsFullAndRecovers) {
  std::vector<std::shared_ptr<const KeyMaterial>> keys;
  for (size_t i = 0; i <= kKeyHeapSize / kKeySize; ++i) {
    auto key = KeyMaterial::Generate();
    if (!key.ok()) {
      EXPECT_THAT(key, StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kLimit));
      break;
    }
    keys.push_back(*std::move(key));
  }
  EXPECT_GT(keys.size(), kKeyHeapSize / kKeySize / 2);
  EXPECT_LE(keys.size(), kKeyHeapSize / kKeySize);
  keys.pop_back();
  EXPECT_THAT(KeyMaterial::Generate(), IsOk());
}

TEST(KeyMaterialTest, PrintToShowsNoByte) {
  auto key = KeyMaterial::CopyOf("SECRETSECRETSECRET");
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ(testing::PrintToString(**key), "[key of 18 bytes]");
}

}  // namespace
}  // namespace cardvault
