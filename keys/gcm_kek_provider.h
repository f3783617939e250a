#ifndef CARDVAULT_KEYS_GCM_KEK_PROVIDER_H_
#define CARDVAULT_KEYS_GCM_KEK_PROVIDER_H_

#include <cstdint>
#include <memory>

#include "absl/strings/string_view.h"
#include "keys/kek_provider.h"

namespace cardvault {

class KeyMaterial;

// A KEK that stands in this process's key heap and wraps with AES-256-GCM: nonce (12), ciphertext,
// tag (16). `name` is the provider's; `label` is the associated data of all that it wraps, which
// keeps what one provider wrapped from another that holds the same bytes. Which key is wrapped is
// bound inside (docs/formats/keyring.md).
std::unique_ptr<KekProvider> NewGcmKekProvider(absl::string_view name, absl::string_view label,
                                               const std::shared_ptr<const KeyMaterial>& kek,
                                               uint32_t generation = 1);

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_GCM_KEK_PROVIDER_H_
