#include "audit/note_key.h"

#include <algorithm>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "keys/testing/seed.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

// Of the tests of Go's golang.org/x/mod/sumdb/note (note_test.go).
constexpr absl::string_view kPeter =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr absl::string_view kEnoch =
    "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
// Of transparency-dev/formats: its base64 holds a plus sign.
constexpr absl::string_view kPlus = "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6";
// The example of C2SP signed-note.
constexpr absl::string_view kExample =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

Ed25519PublicKey PublicKey(absl::string_view hex) {
  const std::string bytes = absl::HexStringToBytes(hex);
  Ed25519PublicKey key;
  std::copy(bytes.begin(), bytes.end(), key.begin());
  return key;
}

TEST(NoteKeyTest, ParseReadsThePublishedVerifierKeys) {
  for (const absl::string_view text : {kPeter, kEnoch, kPlus, kExample}) {
    const auto key = NoteKey::Parse(text);
    ASSERT_THAT(key, IsOk()) << text;
    EXPECT_EQ(key->ToString(), text);
    const auto again = NoteKey::Make(key->name(), key->public_key());
    ASSERT_THAT(again, IsOk());
    EXPECT_EQ(again->id(), key->id());
  }
  EXPECT_EQ(NoteKey::Parse(kPeter)->name(), "PeterNeumann");
  EXPECT_EQ(NoteKey::Parse(kPeter)->id(), 0xc74f20a3u);
}

TEST(NoteKeyTest, ParseRefusesEveryPartOfAVerifierKey) {
  for (size_t begin = 0; begin < kPeter.size(); ++begin) {
    for (size_t size = 0; begin + size <= kPeter.size(); ++size) {
      if (size == kPeter.size()) continue;
      EXPECT_THAT(NoteKey::Parse(kPeter.substr(begin, size)),
                  StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid));
    }
  }
}

TEST(NoteKeyTest, ParseRefusesEveryChangedByte) {
  for (size_t i = 0; i < kPeter.size(); ++i) {
    std::string changed(kPeter);
    ++changed[i];
    EXPECT_THAT(NoteKey::Parse(changed), StatusIs(absl::StatusCode::kInvalidArgument)) << changed;
  }
}

TEST(NoteKeyTest, ParseRefusesOtherKeysThanEd25519) {
  // Longer, and of an unknown type, each with a key id that fits (Go's note_test.go).
  for (const absl::string_view text :
       {"PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        // A witness' cosignature key, type 0x04 (transparency-dev/formats).
        "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"}) {
    EXPECT_THAT(NoteKey::Parse(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(NoteKeyTest, ParseRefusesUpperCaseKeyIdsAndLooseBase64) {
  for (const absl::string_view text :
       {"PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq_LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiB fsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n"}) {
    EXPECT_THAT(NoteKey::Parse(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(NoteKeyTest, NamesAreAnyTextWithoutSpacesControlsAndPlusSigns) {
  for (const absl::string_view name :
       {"a", "cardvault/vault-1/log/1", "example.com/log42", "\xC3\xA8\xE6\x97\xA5"}) {
    EXPECT_TRUE(IsNoteKeyName(name)) << name;
  }
  EXPECT_TRUE(IsNoteKeyName(std::string(kMaxNoteKeyNameSize, 'a')));
  EXPECT_FALSE(IsNoteKeyName(std::string(kMaxNoteKeyNameSize + 1, 'a')));
  for (const absl::string_view name : {"", "a b", "a+b", "a\nb", "a\tb",
                                       "a\xC2\xA0"
                                       "b",
                                       "a\xE2\x80\xA8"
                                       "b",
                                       "a\xE3\x80\x80", "\xFF", "a\xC3", "\xC0\xA0"}) {
    EXPECT_FALSE(IsNoteKeyName(name)) << absl::BytesToHexString(name);
    EXPECT_THAT(NoteKey::Make(name, Ed25519PublicKey{}),
                StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid));
  }
}

struct Rfc8032Vector {
  absl::string_view public_key;
  absl::string_view message;
  absl::string_view signature;
};

// RFC 8032, section 7.1, tests 1 to 3.
constexpr Rfc8032Vector kRfc8032Vectors[] = {
    {"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
};

TEST(NoteKeyTest, VerifiesTheSignaturesOfRfc8032) {
  for (const Rfc8032Vector& vector : kRfc8032Vectors) {
    const auto key = NoteKey::Make("a", PublicKey(vector.public_key));
    ASSERT_THAT(key, IsOk());
    EXPECT_TRUE(key->Verifies(absl::HexStringToBytes(vector.message),
                              absl::HexStringToBytes(vector.signature)));
  }
}

TEST(NoteKeyTest, VerifiesNothingElse) {
  const Rfc8032Vector& vector = kRfc8032Vectors[2];
  const auto key = NoteKey::Make("a", PublicKey(vector.public_key));
  ASSERT_THAT(key, IsOk());
  const std::string message = absl::HexStringToBytes(vector.message);
  const std::string signature = absl::HexStringToBytes(vector.signature);
  for (size_t i = 0; i < 8 * signature.size(); ++i) {
    std::string flipped = signature;
    flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << (i % 8)));
    EXPECT_FALSE(key->Verifies(message, flipped)) << i;
  }
  EXPECT_FALSE(key->Verifies(message + "a", signature));
  EXPECT_FALSE(key->Verifies(message, signature.substr(0, 63)));
  EXPECT_FALSE(key->Verifies(message, signature + "a"));
  EXPECT_FALSE(key->Verifies(message, ""));
  EXPECT_FALSE(
      NoteKey::Make("a", PublicKey(kRfc8032Vectors[0].public_key))->Verifies(message, signature));
}

TEST(NoteKeyTest, ParseOfMutatedKeysNeverTakesAnotherForm) {
  auto random = SeededGenerator();
  int parsed = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text(round % 2 == 0 ? kPeter : kPlus);
    for (uint64_t changes = 1 + random() % 3; changes > 0; --changes) {
      const size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, 1 + random() % 4);
          break;
        default:
          text.insert(at, RandomString(random, 1 + random() % 4));
      }
      if (text.empty()) text = "+";
    }
    const auto key = NoteKey::Parse(text);
    if (!key.ok()) continue;
    ++parsed;  // a mutation that undid itself, or a new name whose id fits by chance
    EXPECT_EQ(key->ToString(), text);
  }
  EXPECT_LT(parsed, 200);
}

}  // namespace
}  // namespace cardvault
