#include "base/secret_bytes.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/access/secret_buffer.h"
#include "base/access/secret_bytes_access.h"
#include "base/error_text.h"
#include "base/log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Misuse does not compile.
template <typename T>
concept Streamable = requires(std::ostream& out, const T& value) {
  out << value;
};
template <typename T>
concept Comparable = requires(const T& a, const T& b) {
  a == b;
};
template <typename T>
concept Iterable = requires(const T& value) {
  value.begin();
};
template <typename T>
concept Indexable = requires(const T& value) {
  value[0];
};
template <typename T>
concept HasData = requires(const T& value) {
  value.data();
};
template <typename T>
concept Stringifies = requires(std::string& sink, const T& value) {
  AbslStringify(sink, value);
};
template <typename T>
concept Loggable = requires(LogEvent& event, const T& value) {
  event.With("secret", value);
};
template <typename T>
concept ViewableAs = requires(T&& value) {
  SecretBytesAccess::View(std::forward<T>(value));
};

static_assert(!Streamable<SecretBytes>);
static_assert(!Comparable<SecretBytes>);
static_assert(!Iterable<SecretBytes>);
static_assert(!Indexable<SecretBytes>);
static_assert(!HasData<SecretBytes>);
static_assert(!Stringifies<SecretBytes>);
static_assert(!Loggable<SecretBytes>);
static_assert(!std::is_constructible_v<absl::AlphaNum, const SecretBytes&>);  // StrCat
static_assert(!std::is_constructible_v<absl::Status, absl::StatusCode, const SecretBytes&>);
static_assert(!std::is_constructible_v<ErrorText, const SecretBytes&>);
static_assert(!std::is_convertible_v<SecretBytes, std::string>);
static_assert(!std::is_convertible_v<SecretBytes, absl::string_view>);
static_assert(!std::is_convertible_v<SecretBytes, bool>);
static_assert(!std::is_copy_constructible_v<SecretBytes>);
static_assert(!std::is_copy_assignable_v<SecretBytes>);
static_assert(!std::is_default_constructible_v<absl::Hash<SecretBytes>>);  // no hash set
static_assert(!std::is_default_constructible_v<std::hash<SecretBytes>>);
static_assert(std::is_nothrow_move_constructible_v<SecretBytes>);
static_assert(ViewableAs<const SecretBytes&>);
static_assert(!ViewableAs<SecretBytes>);        // no view of a temporary
static_assert(!ViewableAs<const SecretBytes>);  // nor of a constant one
static_assert(!std::is_copy_constructible_v<SecretBuffer>);
static_assert(!Streamable<SecretBuffer>);

// Every block that OpenSSL gives out and takes back: a freed block that is not all zeros held
// something. Reading it here is legal, as it is not freed yet.
struct Blocks {
  int freed = 0;
  int freed_dirty = 0;
};
Blocks g_blocks;

constexpr size_t kHeader = 16;

void* Allocate(size_t size, const char*, int) {
  char* const block = static_cast<char*>(std::malloc(kHeader + size));
  std::memcpy(block, &size, sizeof(size));
  return block + kHeader;
}

void Free(void* pointer, const char*, int) {
  if (pointer == nullptr) return;
  char* const bytes = static_cast<char*>(pointer);
  size_t size;
  std::memcpy(&size, bytes - kHeader, sizeof(size));
  ++g_blocks.freed;
  if (!std::all_of(bytes, bytes + size, [](char c) { return c == 0; })) ++g_blocks.freed_dirty;
  std::free(bytes - kHeader);
}

void* Reallocate(void* pointer, size_t size, const char* file, int line) {
  void* const grown = Allocate(size, file, line);
  if (pointer != nullptr) {
    size_t old_size;
    std::memcpy(&old_size, static_cast<char*>(pointer) - kHeader, sizeof(old_size));
    std::memcpy(grown, pointer, std::min(old_size, size));
    std::free(static_cast<char*>(pointer) - kHeader);
  }
  return grown;
}

// Before main(): OpenSSL takes the functions only as long as it has allocated nothing.
const bool g_watching = CRYPTO_set_mem_functions(Allocate, Reallocate, Free) == 1;

class SecretBytesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(g_watching);
    g_blocks = Blocks();
  }
};
using SecretBufferTest = SecretBytesTest;
using SecretBytesDeathTest = SecretBytesTest;

absl::string_view View(const SecretBytes& bytes) { return SecretBytesAccess::View(bytes); }

TEST_F(SecretBytesTest, CopyOfHoldsTheBytes) {
  const absl::string_view text("a\0b", 3);
  const SecretBytes bytes = SecretBytes::CopyOf(text);
  EXPECT_EQ(bytes.size(), 3u);
  EXPECT_FALSE(bytes.empty());
  EXPECT_TRUE(View(bytes) == text);
  EXPECT_TRUE(SecretBytes::CopyOf("").empty());
}

TEST_F(SecretBytesTest, ZerosAreZero) {
  const SecretBytes bytes = SecretBytes::Zeros(64);
  EXPECT_TRUE(View(bytes) == std::string(64, '\0'));
}

TEST_F(SecretBytesTest, DestructorCleansesBeforeFreeing) {
  { const SecretBytes bytes = SecretBytes::CopyOf("secret"); }
  EXPECT_EQ(g_blocks.freed, 1);
  EXPECT_EQ(g_blocks.freed_dirty, 0);
}

TEST_F(SecretBytesTest, WipeCleansesAndFreesNow) {
  SecretBytes bytes = SecretBytes::CopyOf("secret");
  bytes.Wipe();
  EXPECT_EQ(g_blocks.freed, 1);
  EXPECT_EQ(g_blocks.freed_dirty, 0);
  EXPECT_TRUE(bytes.empty());
  bytes.Wipe();
  EXPECT_EQ(g_blocks.freed, 1);
}

TEST_F(SecretBytesTest, MoveStealsThePointer) {
  SecretBytes from = SecretBytes::CopyOf("secret");
  const char* const where = View(from).data();
  SecretBytes to = std::move(from);
  EXPECT_EQ(View(to).data(), where);
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_EQ(g_blocks.freed, 0);
}

TEST_F(SecretBytesTest, MoveAssignmentCleansesWhatWasThere) {
  SecretBytes from = SecretBytes::CopyOf("new");
  SecretBytes to = SecretBytes::CopyOf("old secret");
  to = std::move(from);
  EXPECT_TRUE(View(to) == "new");
  EXPECT_EQ(g_blocks.freed, 1);
  EXPECT_EQ(g_blocks.freed_dirty, 0);
  SecretBytes& same = to;
  to = std::move(same);
  EXPECT_TRUE(View(to) == "new");
}

TEST_F(SecretBytesTest, CloneIsAnotherBlock) {
  const SecretBytes bytes = SecretBytes::CopyOf("secret");
  const SecretBytes clone = bytes.Clone();
  EXPECT_TRUE(View(clone) == "secret");
  EXPECT_NE(View(clone).data(), View(bytes).data());
}

TEST_F(SecretBytesTest, TruncateCleansesWhatItCutsOff) {
  {
    SecretBytes bytes = SecretBytes::CopyOf("secret");
    const char* const begin = View(bytes).data();
    SecretBytesAccess::Truncate(bytes, 2);
    EXPECT_EQ(bytes.size(), 2u);
    EXPECT_TRUE(View(bytes) == "se");
    // Still this object's block.
    EXPECT_TRUE(absl::string_view(begin + 2, 4) == absl::string_view("\0\0\0\0", 4));
    SecretBytesAccess::Truncate(bytes, 0);
    EXPECT_TRUE(bytes.empty());
  }
  EXPECT_EQ(g_blocks.freed, 1);
  EXPECT_EQ(g_blocks.freed_dirty, 0);
  SecretBytes none;
  SecretBytesAccess::Truncate(none, 0);
}

TEST_F(SecretBytesDeathTest, TruncateCannotGrow) {
  SecretBytes bytes = SecretBytes::CopyOf("secret");
  EXPECT_DEATH(SecretBytesAccess::Truncate(bytes, 7), "check failed");
}

TEST_F(SecretBytesTest, MutableWritesInPlace) {
  SecretBytes bytes = SecretBytes::Zeros(3);
  const absl::Span<char> span = SecretBytesAccess::Mutable(bytes);
  std::memcpy(span.data(), "abc", span.size());
  EXPECT_TRUE(View(bytes) == "abc");
}

TEST_F(SecretBytesTest, GoogleTestPrintsNoByte) {
  const SecretBytes bytes = SecretBytes::CopyOf("topsecret");
  EXPECT_EQ(::testing::PrintToString(bytes), "[9 secret bytes]");
  struct Holder {
    SecretBytes bytes;
  };
  const Holder holder{bytes.Clone()};
  EXPECT_THAT(::testing::PrintToString(holder), Not(HasSubstr("74-6F-70")));
}

TEST_F(SecretBufferTest, AppendsPieceByPiece) {
  SecretBuffer buffer;
  EXPECT_TRUE(buffer.View().empty());
  buffer.Append("ab");
  buffer.Append('c');
  buffer.Append("");
  EXPECT_EQ(buffer.size(), 3u);
  EXPECT_TRUE(buffer.View() == "abc");
}

TEST_F(SecretBufferTest, GrowingCleansesTheOldBlocks) {
  std::string expected;
  {
    SecretBuffer buffer;
    for (int i = 0; i < 10'000; ++i) {
      const std::string piece = absl::StrCat(i, ",");
      buffer.Append(piece);
      expected += piece;
    }
    EXPECT_TRUE(buffer.View() == expected);
    EXPECT_GT(g_blocks.freed, 2);
    EXPECT_EQ(g_blocks.freed_dirty, 0);
  }
  EXPECT_EQ(g_blocks.freed_dirty, 0);
}

TEST_F(SecretBufferTest, AppendTakesAPartOfItself) {
  SecretBuffer buffer;
  buffer.Append("0123456789");
  std::string expected = "0123456789";
  for (int i = 0; i < 10; ++i) {
    buffer.Append(buffer.View());
    expected += expected;
  }
  EXPECT_TRUE(buffer.View() == expected);
}

TEST_F(SecretBufferTest, ReleaseGivesTheBytesAndEmptiesTheBuffer) {
  SecretBuffer buffer;
  buffer.Append("secret");
  const SecretBytes bytes = buffer.Release();
  EXPECT_TRUE(View(bytes) == "secret");
  EXPECT_EQ(buffer.size(), 0u);
  EXPECT_TRUE(buffer.View().empty());
  buffer.Append("again");
  EXPECT_TRUE(buffer.View() == "again");
  EXPECT_TRUE(SecretBuffer().Release().empty());
}

TEST_F(SecretBufferTest, MoveLeavesAnEmptyBuffer) {
  SecretBuffer from;
  from.Append("secret");
  SecretBuffer to = std::move(from);
  EXPECT_EQ(from.size(), 0u);  // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_TRUE(from.View().empty());
  EXPECT_TRUE(to.View() == "secret");
  SecretBuffer other;
  other.Append("old");
  other = std::move(to);
  EXPECT_TRUE(other.View() == "secret");
  EXPECT_EQ(g_blocks.freed_dirty, 0);
}

}  // namespace
}  // namespace cardvault
