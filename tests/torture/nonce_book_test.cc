#include "tests/torture/nonce_book.h"

#include <gtest/gtest.h>

namespace cardvault::torture {
namespace {

TEST(NonceBookTest, OneNonceSealsOneValueOfAKey) {
  NonceBook book;
  EXPECT_TRUE(book.Enter(KeyPurpose::kPan, 1, "nonce-of-12-first"));
  EXPECT_TRUE(book.Enter(KeyPurpose::kPan, 1, "nonce-of-12-first"));
  EXPECT_TRUE(book.Enter(KeyPurpose::kPan, 2, "nonce-of-12-second"));
  EXPECT_TRUE(book.Enter(KeyPurpose::kProfile, 1, "nonce-of-12-second"));
  EXPECT_TRUE(book.Enter(KeyPurpose::kPan, 1, "other-nonce-second"));
  EXPECT_EQ(book.size(), 4u);
  EXPECT_FALSE(book.Enter(KeyPurpose::kPan, 1, "nonce-of-12-second"));
}

}  // namespace
}  // namespace cardvault::torture
