#include "keys/gcm_kek_provider.h"

#include <string>

#include "absl/status/statusor.h"
#include "base/access/secret_bytes_access.h"
#include "base/secret_bytes.h"
#include "keys/aead_key.h"
#include "keys/key_check_value.h"
#include "keys/key_material.h"

namespace cardvault {
namespace {

class GcmKekProvider final : public KekProvider {
 public:
  GcmKekProvider(absl::string_view name, uint32_t generation, absl::string_view label,
                 const std::shared_ptr<const KeyMaterial>& kek)
      : name_(name),
        generation_(generation),
        label_(label),
        check_value_(KeyCheckValue(kek)),
        // Not counted: it wraps each key version once, a handful a year.
        key_(/*version=*/0, kek, /*counter=*/nullptr) {}

  absl::string_view name() const override { return name_; }
  std::string check_value() const override { return check_value_; }
  uint32_t generation() const override { return generation_; }

  absl::StatusOr<std::string> Wrap(const SecretBytes& key) override {
    return key_.Seal(SecretBytesAccess::View(key), label_);
  }

  absl::StatusOr<SecretBytes> Unwrap(absl::string_view wrapped) override {
    return key_.Open(wrapped, label_);
  }

 private:
  const std::string name_;
  const uint32_t generation_;
  const std::string label_;
  const std::string check_value_;
  const AeadKey key_;
};

}  // namespace

std::unique_ptr<KekProvider> NewGcmKekProvider(absl::string_view name, absl::string_view label,
                                               const std::shared_ptr<const KeyMaterial>& kek,
                                               uint32_t generation) {
  return std::make_unique<GcmKekProvider>(name, generation, label, kek);
}

}  // namespace cardvault
