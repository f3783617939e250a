#include "tests/torture/nonce_book.h"

#include <gtest/gtest.h>

namespace cardvault::torture {
namespace {

using Verdict = NonceBook::Verdict;

TEST(NonceBookTest, OneNonceSealsOneValueOfAKey) {
  NonceBook book;
  EXPECT_EQ(book.Enter(KeyPurpose::kPan, 1, "nonce-of-12-first"), Verdict::kFine);
  EXPECT_EQ(book.Enter(KeyPurpose::kPan, 1, "nonce-of-12-first"), Verdict::kFine);
  EXPECT_EQ(book.Enter(KeyPurpose::kPan, 2, "nonce-of-12-second"), Verdict::kFine);
  EXPECT_EQ(book.Enter(KeyPurpose::kProfile, 1, "nonce-of-12-second"), Verdict::kFine);
  EXPECT_EQ(book.Enter(KeyPurpose::kPan, 1, "other-nonce-second"), Verdict::kFine);
  EXPECT_EQ(book.size(), 4u);
  EXPECT_EQ(book.Enter(KeyPurpose::kPan, 1, "nonce-of-12-second"), Verdict::kNonceReused);
}

TEST(NonceBookTest, VersionsOfALostHistorySealNothingNew) {
  NonceBook book;
  EXPECT_EQ(book.Enter(KeyPurpose::kPan, 2, "nonce-of-12-first"), Verdict::kFine);
  book.EndVersions(KeyPurpose::kPan, 2);
  EXPECT_EQ(book.Enter(KeyPurpose::kPan, 2, "nonce-of-12-first"), Verdict::kFine);
  EXPECT_EQ(book.Enter(KeyPurpose::kPan, 2, "other-nonce-first"), Verdict::kSealedAfterEnd);
  EXPECT_EQ(book.Enter(KeyPurpose::kPan, 1, "other-nonce-first"), Verdict::kSealedAfterEnd);
  EXPECT_EQ(book.Enter(KeyPurpose::kPan, 3, "other-nonce-first"), Verdict::kFine);
  EXPECT_EQ(book.Enter(KeyPurpose::kProfile, 1, "other-nonce-first"), Verdict::kFine);
}

}  // namespace
}  // namespace cardvault::torture
