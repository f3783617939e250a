#include "vault/sealing/card_sealer.h"

#include <memory>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/secret_bytes.h"
#include "base/status.h"
#include "card/access/pan_access.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "keys/aead_key.h"
#include "keys/key_purpose.h"
#include "vault/sealing/associated_data.h"

namespace cardvault {
namespace {

constexpr uint32_t kProfileBodyFormat = 1;

absl::StatusOr<SealedBytes> Seal(const Keyring& keyring, KeyPurpose purpose,
                                 const MerchantId& merchant, const Token& token,
                                 absl::string_view field, absl::string_view plaintext) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const AeadKey> key, keyring.ActiveAead(purpose));
  ASSIGN_OR_RETURN(std::string sealed,
                   key->Seal(plaintext, AssociatedDataOf({.vault_id = keyring.vault_id(),
                                                          .merchant = merchant,
                                                          .token = token,
                                                          .field = field,
                                                          .key_version = key->version()})));
  return SealedBytes{key->version(), std::move(sealed)};
}

absl::StatusOr<SecretBytes> Open(const Keyring& keyring, KeyPurpose purpose,
                                 const MerchantId& merchant, const Token& token,
                                 absl::string_view field, const SealedBytes& sealed) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const AeadKey> key,
                   keyring.AeadVersion(purpose, sealed.key_version));
  return key->Open(sealed.sealed, AssociatedDataOf({.vault_id = keyring.vault_id(),
                                                    .merchant = merchant,
                                                    .token = token,
                                                    .field = field,
                                                    .key_version = sealed.key_version}));
}

absl::StatusOr<SealedBytes> Reseal(const Keyring& keyring, KeyPurpose purpose,
                                   const MerchantId& merchant, const Token& token,
                                   absl::string_view field, const SealedBytes& sealed) {
  ASSIGN_OR_RETURN(const SecretBytes plaintext,
                   Open(keyring, purpose, merchant, token, field, sealed));
  return Seal(keyring, purpose, merchant, token, field, SecretBytesAccess::View(plaintext));
}

// Leaves no name in the message's memory.
void WipeName(storage::v1::CardProfileBody& body) {
  std::string& name = *body.mutable_cardholder_name();
  // Through a volatile pointer: the compiler must not drop writes to memory that is freed next.
  volatile char* bytes = name.data();
  for (size_t i = 0; i < name.size(); ++i) bytes[i] = 0;
}

}  // namespace

absl::StatusOr<SealedBytes> CardSealer::SealPan(const Keyring& keyring, const MerchantId& merchant,
                                                const Token& token, const Pan& pan) {
  return Seal(keyring, KeyPurpose::kPan, merchant, token, kPanField,
              pan.Reveal(PanAccess::Token()));
}

absl::StatusOr<Pan> CardSealer::OpenPan(const Keyring& keyring, const MerchantId& merchant,
                                        const Token& token, const SealedBytes& sealed) {
  ASSIGN_OR_RETURN(SecretBytes digits,
                   Open(keyring, KeyPurpose::kPan, merchant, token, kPanField, sealed));
  absl::StatusOr<Pan> pan = Pan::FromSecret(std::move(digits));
  // It is our record that is wrong, not what the caller sent.
  if (!pan.ok()) return DataLoss("a sealed card number opened to something else");
  return pan;
}

absl::StatusOr<SealedBytes> CardSealer::SealProfile(const Keyring& keyring,
                                                    const MerchantId& merchant, const Token& token,
                                                    const CardProfile& profile) {
  storage::v1::CardProfileBody body;
  body.set_format_version(kProfileBodyFormat);
  body.set_expiry_month(profile.expiry.month());
  body.set_expiry_year(profile.expiry.year());
  body.set_cardholder_name(profile.cardholder_name);
  SecretBytes plaintext = SecretBytes::Zeros(body.ByteSizeLong());
  const absl::Span<char> out = SecretBytesAccess::Mutable(plaintext);
  const bool serialized = body.SerializeToArray(out.data(), static_cast<int>(out.size()));
  WipeName(body);
  if (!serialized) return Internal(ErrorReason::kInternal, "a card profile did not serialize");
  return Seal(keyring, KeyPurpose::kProfile, merchant, token, kProfileField,
              SecretBytesAccess::View(plaintext));
}

absl::StatusOr<CardProfile> CardSealer::OpenProfile(const Keyring& keyring,
                                                    const MerchantId& merchant, const Token& token,
                                                    const SealedBytes& sealed) {
  ASSIGN_OR_RETURN(const SecretBytes plaintext,
                   Open(keyring, KeyPurpose::kProfile, merchant, token, kProfileField, sealed));
  const absl::string_view view = SecretBytesAccess::View(plaintext);
  storage::v1::CardProfileBody body;
  if (!body.ParseFromArray(view.data(), static_cast<int>(view.size())) ||
      body.format_version() != kProfileBodyFormat) {
    return DataLoss("a sealed card profile has an unknown form");
  }
  const absl::StatusOr<Expiry> expiry = Expiry::Create(body.expiry_month(), body.expiry_year());
  if (!expiry.ok()) return DataLoss("a sealed card profile has an impossible expiry");
  CardProfile profile{*expiry, body.cardholder_name()};
  WipeName(body);
  return profile;
}

absl::StatusOr<SealedBytes> CardSealer::ResealPan(const Keyring& keyring,
                                                  const MerchantId& merchant, const Token& token,
                                                  const SealedBytes& sealed) {
  return Reseal(keyring, KeyPurpose::kPan, merchant, token, kPanField, sealed);
}

absl::StatusOr<SealedBytes> CardSealer::ResealProfile(const Keyring& keyring,
                                                      const MerchantId& merchant,
                                                      const Token& token,
                                                      const SealedBytes& sealed) {
  return Reseal(keyring, KeyPurpose::kProfile, merchant, token, kProfileField, sealed);
}

}  // namespace cardvault
