#include "keys/testing/test_keyring.h"

#include <openssl/evp.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "base/check.h"
#include "base/length_prefix.h"
#include "keys/aead_key.h"
#include "keys/crypto_sizes.h"
#include "keys/key_material.h"
#include "keys/key_state.h"
#include "keys/mac_key.h"
#include "keys/signing_key.h"

namespace cardvault {
namespace {

// Plain bytes, on purpose: a key that every reader of this file can compute.
std::shared_ptr<const KeyMaterial> TestKey(absl::string_view vault_id, KeyPurpose purpose,
                                           uint32_t version) {
  const std::string input =
      LengthPrefixed({"cardvault key for tests", vault_id,
                      BigEndian32(static_cast<uint32_t>(purpose)), BigEndian32(version)});
  std::string key(kKeySize, '\0');
  CV_CHECK(EVP_Digest(input.data(), input.size(), reinterpret_cast<unsigned char*>(key.data()),
                      nullptr, EVP_sha256(), nullptr) == 1);
  auto material = KeyMaterial::CopyOf(key);
  CV_CHECK(material.ok());
  return *std::move(material);
}

std::shared_ptr<const SigningKey> SigningKeyOf(uint32_t version, const KeyMaterial& seed) {
  auto key = SigningKey::FromSeed(version, seed);
  CV_CHECK(key.ok());
  return *std::move(key);
}

}  // namespace

std::shared_ptr<const Keyring> MakeTestKeyring(absl::string_view vault_id, uint32_t version_count) {
  return MakeTestKeyringWithDestroyed(vault_id, version_count, KeyPurpose::kPan, 0);
}

std::shared_ptr<const Keyring> MakeTestKeyringWithDestroyed(absl::string_view vault_id,
                                                            uint32_t version_count,
                                                            KeyPurpose purpose,
                                                            uint32_t last_destroyed) {
  std::vector<Keyring::Version> versions;
  for (const KeyPurpose each : AllPurposes()) {
    for (uint32_t number = 1; number <= version_count; ++number) {
      Keyring::Version version;
      version.info.purpose = each;
      version.info.version = number;
      version.info.state = number == version_count ? KeyState::kActive : KeyState::kDeactivated;
      version.info.create_time = absl::FromUnixSeconds(1893456000 + number);  // 2030
      version.info.check_value = "000000";
      const std::shared_ptr<const KeyMaterial> key = TestKey(vault_id, each, number);
      switch (AlgorithmOf(each)) {
        case KeyAlgorithm::kAes256Gcm:
          version.aead = std::make_shared<const AeadKey>(number, key, nullptr);
          break;
        case KeyAlgorithm::kHmacSha256:
          version.mac = std::make_shared<const MacKey>(number, key);
          break;
        case KeyAlgorithm::kEd25519:
          version.signing = SigningKeyOf(number, *key);
          version.info.public_key = version.signing->public_key();
      }
      if (each == purpose && number <= last_destroyed) {
        version = {.info = version.info};
        version.info.state = KeyState::kDestroyed;
      }
      versions.push_back(std::move(version));
    }
  }
  return std::make_shared<const Keyring>(std::string(vault_id.data(), vault_id.size()),
                                         /*revision=*/1, std::move(versions));
}

}  // namespace cardvault
