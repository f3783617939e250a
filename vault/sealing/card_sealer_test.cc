#include "vault/sealing/card_sealer.h"

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "base/id.h"
#include "card/access/pan_access.h"
#include "card/card_profile.h"
#include "card/pan.h"
#include "card/test_pans.h"
#include "card/token.h"
#include "gtest/gtest.h"
#include "keys/aead_key.h"
#include "keys/key_purpose.h"
#include "keys/key_state.h"
#include "keys/keyring.h"
#include "keys/testing/test_keyring.h"
#include "tests/testing/status_matchers.h"
#include "vault/sealing/associated_data.h"

namespace cardvault {
namespace {

constexpr absl::string_view kVault = "vault-1";

Token TokenOf(char fill, VaultMode mode = VaultMode::kSandbox) {
  std::array<char, Token::kBinarySize> binary;
  binary.fill(fill);
  return Token::FromBinary(mode, binary);
}

auto RecordCorrupt() { return StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt); }

class CardSealerTest : public testing::Test {
 protected:
  // Both fields, so that every move is tried on each.
  void ExpectBothRefused(const Keyring& keyring, const MerchantId& merchant, const Token& token,
                         const SealedBytes& pan, const SealedBytes& profile) {
    EXPECT_THAT(CardSealer::OpenPan(keyring, merchant, token, pan), RecordCorrupt());
    EXPECT_THAT(CardSealer::OpenProfile(keyring, merchant, token, profile), RecordCorrupt());
  }

  const std::shared_ptr<const Keyring> keyring_ = MakeTestKeyring(kVault, 2);
  const MerchantId shop_ = *MerchantId::Parse("shop", "merchant");
  const Token token_ = TokenOf(7);
  const CardProfile profile_{*Expiry::Create(12, 2035), "Ada Lovelace"};
  const SealedBytes sealed_pan_ =
      *CardSealer::SealPan(*keyring_, shop_, token_, *Pan::Parse(kVisaTestPan));
  const SealedBytes sealed_profile_ = *CardSealer::SealProfile(*keyring_, shop_, token_, profile_);
};

TEST_F(CardSealerTest, OpenGivesBackWhatWasSealed) {
  const absl::StatusOr<Pan> pan = CardSealer::OpenPan(*keyring_, shop_, token_, sealed_pan_);
  ASSERT_THAT(pan, IsOk());
  EXPECT_TRUE(pan->Reveal(PanAccess::Token()) == kVisaTestPan);
  const absl::StatusOr<CardProfile> profile =
      CardSealer::OpenProfile(*keyring_, shop_, token_, sealed_profile_);
  ASSERT_THAT(profile, IsOk());
  EXPECT_EQ(profile->expiry, profile_.expiry);
  EXPECT_EQ(profile->cardholder_name, profile_.cardholder_name);
  EXPECT_EQ(sealed_pan_.key_version, 2u);
}

TEST_F(CardSealerTest, SealingTwiceGivesDifferentBytes) {
  EXPECT_NE(CardSealer::SealPan(*keyring_, shop_, token_, *Pan::Parse(kVisaTestPan))->sealed,
            sealed_pan_.sealed);
  EXPECT_EQ(sealed_pan_.sealed.size(), kGcmNonceSize + kVisaTestPan.size() + kGcmTagSize);
  EXPECT_EQ(sealed_pan_.sealed.find(std::string(kVisaTestPan)), std::string::npos);
}

TEST_F(CardSealerTest, OlderKeyVersionsStillOpen) {
  const auto older = MakeTestKeyring(kVault, 1);
  const SealedBytes sealed = *CardSealer::SealPan(*older, shop_, token_, *Pan::Parse(kVisaTestPan));
  EXPECT_EQ(sealed.key_version, 1u);
  EXPECT_THAT(CardSealer::OpenPan(*keyring_, shop_, token_, sealed), IsOk());
}

TEST_F(CardSealerTest, ResealingMovesAFieldToTheActiveKeyAndNothingElse) {
  const auto older = MakeTestKeyring(kVault, 1);
  const SealedBytes old_pan =
      *CardSealer::SealPan(*older, shop_, token_, *Pan::Parse(kVisaTestPan));
  const SealedBytes old_profile = *CardSealer::SealProfile(*older, shop_, token_, profile_);
  const absl::StatusOr<SealedBytes> pan = CardSealer::ResealPan(*keyring_, shop_, token_, old_pan);
  const absl::StatusOr<SealedBytes> profile =
      CardSealer::ResealProfile(*keyring_, shop_, token_, old_profile);
  ASSERT_THAT(pan, IsOk());
  ASSERT_THAT(profile, IsOk());
  EXPECT_EQ(pan->key_version, 2u);
  EXPECT_EQ(profile->key_version, 2u);
  const absl::StatusOr<Pan> opened = CardSealer::OpenPan(*keyring_, shop_, token_, *pan);
  ASSERT_THAT(opened, IsOk());
  EXPECT_TRUE(opened->Reveal(PanAccess::Token()) == kVisaTestPan);
  EXPECT_EQ(CardSealer::OpenProfile(*keyring_, shop_, token_, *profile)->cardholder_name,
            profile_.cardholder_name);
  // What does not open where it stands is not sealed anew.
  EXPECT_THAT(CardSealer::ResealPan(*keyring_, shop_, TokenOf(8), old_pan), RecordCorrupt());
  EXPECT_THAT(CardSealer::ResealPan(*keyring_, shop_, token_, old_profile), RecordCorrupt());
  EXPECT_THAT(CardSealer::ResealProfile(*keyring_, shop_, token_, old_pan), RecordCorrupt());
}

// G4
TEST_F(CardSealerTest, OpenRefusesBytesOfAnotherToken) {
  ExpectBothRefused(*keyring_, shop_, TokenOf(8), sealed_pan_, sealed_profile_);
  ExpectBothRefused(*keyring_, shop_, TokenOf(7, VaultMode::kProduction), sealed_pan_,
                    sealed_profile_);
}

// G4
TEST_F(CardSealerTest, OpenRefusesBytesOfAnotherMerchant) {
  ExpectBothRefused(*keyring_, *MerchantId::Parse("shop2", "merchant"), token_, sealed_pan_,
                    sealed_profile_);
}

// G4: the same keys, but another vault.
TEST_F(CardSealerTest, OpenRefusesBytesOfAnotherVault) {
  std::vector<Keyring::Version> versions;
  for (const KeyPurpose purpose : {KeyPurpose::kPan, KeyPurpose::kProfile}) {
    Keyring::Version version;
    version.info.purpose = purpose;
    version.info.version = 2;
    version.info.state = KeyState::kActive;
    version.aead = *keyring_->AeadVersion(purpose, 2);
    versions.push_back(std::move(version));
  }
  const Keyring foreign("vault-2", 1, std::move(versions));
  ExpectBothRefused(foreign, shop_, token_, sealed_pan_, sealed_profile_);
}

// G4: the two fields have keys of their own, so the second wall is tried too: bytes sealed under
// the PAN's key for the other field.
TEST_F(CardSealerTest, OpenRefusesBytesOfAnotherField) {
  EXPECT_THAT(CardSealer::OpenPan(*keyring_, shop_, token_, sealed_profile_), RecordCorrupt());
  EXPECT_THAT(CardSealer::OpenProfile(*keyring_, shop_, token_, sealed_pan_), RecordCorrupt());
  const auto key = *keyring_->ActiveAead(KeyPurpose::kPan);
  const SealedBytes other_field{
      2, *key->Seal(std::string(kVisaTestPan), AssociatedDataOf({.vault_id = kVault,
                                                                 .merchant = shop_,
                                                                 .token = token_,
                                                                 .field = kProfileField,
                                                                 .key_version = 2}))};
  EXPECT_THAT(CardSealer::OpenPan(*keyring_, shop_, token_, other_field), RecordCorrupt());
}

// G4
TEST_F(CardSealerTest, OpenRefusesAnotherKeyVersion) {
  ExpectBothRefused(*keyring_, shop_, token_, {1, sealed_pan_.sealed}, {1, sealed_profile_.sealed});
  ExpectBothRefused(*keyring_, shop_, token_, {3, sealed_pan_.sealed}, {3, sealed_profile_.sealed});
  // The version is in the associated data too, not only in which key is taken.
  const auto key = *keyring_->ActiveAead(KeyPurpose::kPan);
  const SealedBytes other_version{
      2, *key->Seal(std::string(kVisaTestPan), AssociatedDataOf({.vault_id = kVault,
                                                                 .merchant = shop_,
                                                                 .token = token_,
                                                                 .field = kPanField,
                                                                 .key_version = 1}))};
  EXPECT_THAT(CardSealer::OpenPan(*keyring_, shop_, token_, other_version), RecordCorrupt());
}

// G4
TEST_F(CardSealerTest, OpenRefusesAnotherFormatVersion) {
  const auto key = *keyring_->ActiveAead(KeyPurpose::kPan);
  for (const uint32_t format : {0u, 1u, 2u}) {
    const SealedBytes sealed{
        2, *key->Seal(std::string(kVisaTestPan), AssociatedDataOf({.format_version = format,
                                                                   .vault_id = kVault,
                                                                   .merchant = shop_,
                                                                   .token = token_,
                                                                   .field = kPanField,
                                                                   .key_version = 2}))};
    const absl::StatusOr<Pan> pan = CardSealer::OpenPan(*keyring_, shop_, token_, sealed);
    if (format == kSealedFieldFormat) {
      EXPECT_THAT(pan, IsOk());
    } else {
      EXPECT_THAT(pan, RecordCorrupt());
    }
  }
}

// G3, G4
TEST_F(CardSealerTest, OpenRefusesTruncatedAndExtendedBytes) {
  for (size_t size = 0; size < sealed_pan_.sealed.size(); ++size) {
    EXPECT_THAT(
        CardSealer::OpenPan(*keyring_, shop_, token_, {2, sealed_pan_.sealed.substr(0, size)}),
        RecordCorrupt());
    EXPECT_THAT(
        CardSealer::OpenPan(*keyring_, shop_, token_, {2, sealed_pan_.sealed.substr(size + 1)}),
        RecordCorrupt());
  }
  EXPECT_THAT(CardSealer::OpenPan(*keyring_, shop_, token_, {2, sealed_pan_.sealed + "x"}),
              RecordCorrupt());
}

// G4
TEST_F(CardSealerTest, OpenRefusesEveryFlippedBit) {
  for (size_t bit = 0; bit < sealed_pan_.sealed.size() * 8; ++bit) {
    SealedBytes damaged = sealed_pan_;
    damaged.sealed[bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_THAT(CardSealer::OpenPan(*keyring_, shop_, token_, damaged), RecordCorrupt());
  }
  for (size_t bit = 0; bit < sealed_profile_.sealed.size() * 8; ++bit) {
    SealedBytes damaged = sealed_profile_;
    damaged.sealed[bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_THAT(CardSealer::OpenProfile(*keyring_, shop_, token_, damaged), RecordCorrupt());
  }
}

TEST_F(CardSealerTest, OpenUnderADestroyedKeySaysSo) {
  const auto destroyed = MakeTestKeyringWithDestroyed(kVault, 3, KeyPurpose::kPan, 2);
  EXPECT_THAT(CardSealer::OpenPan(*destroyed, shop_, token_, sealed_pan_),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kKeyDestroyed));
}

// What opens is judged again: our own record with something else in it is not a caller's mistake.
TEST_F(CardSealerTest, OpenedBytesThatAreNoCardAreDataLoss) {
  const auto pan_key = *keyring_->ActiveAead(KeyPurpose::kPan);
  const auto profile_key = *keyring_->ActiveAead(KeyPurpose::kProfile);
  const auto seal = [&](const AeadKey& key, absl::string_view field, absl::string_view text) {
    return SealedBytes{2, *key.Seal(text, AssociatedDataOf({.vault_id = kVault,
                                                            .merchant = shop_,
                                                            .token = token_,
                                                            .field = field,
                                                            .key_version = 2}))};
  };
  for (const std::string& text : {std::string(), std::string("411"), std::string(16, '1')}) {
    EXPECT_THAT(CardSealer::OpenPan(*keyring_, shop_, token_, seal(*pan_key, kPanField, text)),
                RecordCorrupt());
    EXPECT_THAT(
        CardSealer::OpenProfile(*keyring_, shop_, token_, seal(*profile_key, kProfileField, text)),
        RecordCorrupt());
  }
}

TEST_F(CardSealerTest, EveryPublishedCardSurvives) {
  for (const absl::string_view digits : kPublishedTestPans) {
    const SealedBytes sealed = *CardSealer::SealPan(*keyring_, shop_, token_, *Pan::Parse(digits));
    const absl::StatusOr<Pan> pan = CardSealer::OpenPan(*keyring_, shop_, token_, sealed);
    ASSERT_THAT(pan, IsOk());
    EXPECT_TRUE(pan->Reveal(PanAccess::Token()) == digits);
  }
}

// The bytes of format version 1, for ever: docs/formats/card_record.md shows them.
TEST(AssociatedDataTest, GoldenBytes) {
  const MerchantId shop = *MerchantId::Parse("shop", "merchant");
  const Token token = TokenOf(0);
  EXPECT_EQ(absl::BytesToHexString(AssociatedDataOf({.vault_id = "vault-1",
                                                     .merchant = shop,
                                                     .token = token,
                                                     .field = kPanField,
                                                     .key_version = 258})),
            absl::StrCat("00000014", absl::BytesToHexString("cardvault card field"),  //
                         "00000004", "00000001",                                      //
                         "00000007", absl::BytesToHexString("vault-1"),               //
                         "00000004", absl::BytesToHexString("shop"),                  //
                         "0000002b", absl::BytesToHexString(token.text()),            //
                         "00000003", absl::BytesToHexString("pan"),                   //
                         "00000004", "00000102"));
}

// Bytes that version 1 of the format sealed open for ever. Their keys are those of the test keyring
// for "vault-1", version 2.
TEST_F(CardSealerTest, GoldenBytesOpen) {
  const std::string pan_bytes = absl::HexStringToBytes(
      "1dc97a730baf494d77734b62b5fe8b7b0e6edd04bfa7ed9d6043c8e43b9e8087965f1ad5806c47b7ef4f41ba");
  const std::string profile_bytes = absl::HexStringToBytes(
      "24d22e4f604fea34625f46fbf91e51590585f68fbf6a1bf2c037152352122c700ade6632b60bbb5a6111b81cf246"
      "41ac4e");
  const absl::StatusOr<Pan> pan = CardSealer::OpenPan(*keyring_, shop_, token_, {2, pan_bytes});
  ASSERT_THAT(pan, IsOk());
  EXPECT_TRUE(pan->Reveal(PanAccess::Token()) == kVisaTestPan);
  const absl::StatusOr<CardProfile> profile =
      CardSealer::OpenProfile(*keyring_, shop_, token_, {2, profile_bytes});
  ASSERT_THAT(profile, IsOk());
  EXPECT_EQ(profile->cardholder_name, "Ada Lovelace");
  EXPECT_EQ(profile->expiry, profile_.expiry);
}

}  // namespace
}  // namespace cardvault
