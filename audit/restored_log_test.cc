#include "audit/restored_log.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "audit/audit_leaf.h"

namespace cardvault {
namespace {

TEST(RestoredLogTest, ReadsWhatItWritesAndNothingElse) {
  const RestoredLog restored = {1, 12345, EmptyRoot()};
  const std::string object = FormatRestoredLog(restored);
  EXPECT_EQ(object, "log 1 size 12345 root 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  EXPECT_EQ(ParseRestoredLog(object), restored);
  for (const char* const other :
       {"", "log 1 size 12345",
        "log 01 size 12345 root 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "log 0 size 12345 root 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "log 1 size -1 root 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "log 1 size 12345 root 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
        "log 1 size 12345 root 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=",
        "log 1 size 12345 root 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= "}) {
    EXPECT_FALSE(ParseRestoredLog(other).has_value()) << other;
  }
}

TEST(RestoredLogTest, FitsIntoAnEntry) {
  const RestoredLog longest = {std::numeric_limits<uint32_t>::max(),
                               std::numeric_limits<uint64_t>::max(), EmptyRoot()};
  EXPECT_LE(FormatRestoredLog(longest).size(), kMaxObjectSize);
}

}  // namespace
}  // namespace cardvault
