#include "keys/custody/custody_kek_provider.h"

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret_bytes.h"
#include "keys/gcm_kek_provider.h"

namespace cardvault {
namespace {

// What the record says of a KEK, beside the KEK.
class CustodyKekProvider final : public KekProvider {
 public:
  CustodyKekProvider(std::unique_ptr<KekProvider> kek, const CustodyRecord& record)
      : kek_(std::move(kek)),
        generation_(record.generation),
        record_digest_(CustodyRecordDigest(record)) {}

  absl::string_view name() const override { return kek_->name(); }
  std::string check_value() const override { return kek_->check_value(); }
  uint32_t generation() const override { return generation_; }
  std::string record_digest() const override { return record_digest_; }
  absl::StatusOr<std::string> Wrap(const SecretBytes& key) override { return kek_->Wrap(key); }
  absl::StatusOr<SecretBytes> Unwrap(absl::string_view wrapped) override {
    return kek_->Unwrap(wrapped);
  }

 private:
  const std::unique_ptr<KekProvider> kek_;
  const uint32_t generation_;
  const std::string record_digest_;
};

}  // namespace

std::unique_ptr<KekProvider> NewCustodyKekProvider(const std::shared_ptr<const KeyMaterial>& kek,
                                                   const CustodyRecord& record) {
  return std::make_unique<CustodyKekProvider>(
      NewGcmKekProvider("custody", "cardvault custody kek wrap v1", kek), record);
}

}  // namespace cardvault
