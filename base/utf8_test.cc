#include "base/utf8.h"

#include "gtest/gtest.h"

namespace cardvault {
namespace {

TEST(Utf8Test, SequencesHaveTheirSizes) {
  EXPECT_EQ(Utf8SequenceSize("a"), 1u);
  EXPECT_EQ(Utf8SequenceSize(absl::string_view("\0", 1)), 1u);
  EXPECT_EQ(Utf8SequenceSize("\xc3\xa9 and more"), 2u);
  EXPECT_EQ(Utf8SequenceSize("\xe2\x82\xac"), 3u);
  EXPECT_EQ(Utf8SequenceSize("\xed\x9f\xbf"), 3u);
  EXPECT_EQ(Utf8SequenceSize("\xf0\x9f\x92\xb3"), 4u);
  EXPECT_EQ(Utf8SequenceSize("\xf4\x8f\xbf\xbf"), 4u);
}

TEST(Utf8Test, MalformedSequencesAreNone) {
  EXPECT_EQ(Utf8SequenceSize(""), 0u);
  for (const char* const text : {
           "\x80",              // continuation first
           "\xc0\x80",          // overlong NUL
           "\xc1\xbf",          // overlong
           "\xe0\x9f\xbf",      // overlong
           "\xf0\x8f\xbf\xbf",  // overlong
           "\xed\xa0\x80",      // surrogate
           "\xf4\x90\x80\x80",  // above U+10FFFF
           "\xf5\x80\x80\x80",
           "\xff",
           "\xc3",          // cut
           "\xe2\x82",      // cut
           "\xf0\x9f\x92",  // cut
           "\xc3(",
           "\xe2\x82(",
       }) {
    EXPECT_EQ(Utf8SequenceSize(text), 0u);
  }
}

}  // namespace
}  // namespace cardvault
