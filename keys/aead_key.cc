#include "keys/aead_key.h"

#include <utility>

#include "base/random.h"
#include "base/status.h"
#include "keys/aes_gcm.h"
#include "keys/key_material.h"
#include "keys/use_counter.h"

namespace cardvault {

AeadKey::AeadKey(uint32_t version, std::shared_ptr<const KeyMaterial> material,
                 std::shared_ptr<UseCounter> counter)
    : version_(version),
      gcm_(std::make_unique<const AesGcm>(std::move(material))),
      counter_(std::move(counter)) {}

AeadKey::~AeadKey() = default;

absl::StatusOr<std::string> AeadKey::Seal(absl::string_view plaintext,
                                          absl::string_view associated_data) const {
  // Before the nonce is drawn: a use that fails afterwards is counted, never the reverse.
  if (counter_ != nullptr) RETURN_IF_ERROR(counter_->Take());
  std::string sealed;
  sealed.reserve(kGcmNonceSize + plaintext.size() + kGcmTagSize);
  sealed.resize(kGcmNonceSize);
  FillRandom(sealed.data(), kGcmNonceSize);
  const std::string nonce = sealed;  // `sealed` grows under Encrypt's hand
  RETURN_IF_ERROR(gcm_->Encrypt(nonce, plaintext, associated_data, sealed));
  return sealed;
}

absl::StatusOr<SecretBytes> AeadKey::Open(absl::string_view sealed,
                                          absl::string_view associated_data) const {
  if (sealed.size() < kGcmNonceSize + kGcmTagSize) {
    return DataLoss("sealed bytes of an impossible size");
  }
  const absl::string_view nonce = sealed.substr(0, kGcmNonceSize);
  const absl::string_view tag = sealed.substr(sealed.size() - kGcmTagSize);
  const absl::string_view ciphertext =
      sealed.substr(kGcmNonceSize, sealed.size() - kGcmNonceSize - kGcmTagSize);
  return gcm_->Decrypt(nonce, ciphertext, tag, associated_data);
}

}  // namespace cardvault
