#ifndef CARDVAULT_KEYS_TESTING_FAKE_KEK_PROVIDER_H_
#define CARDVAULT_KEYS_TESTING_FAKE_KEK_PROVIDER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret_bytes.h"
#include "keys/kek_provider.h"

namespace cardvault {

// A KEK that is a function of `seed`: providers of one seed unwrap each other's keys. Thread-safe.
class FakeKekProvider final : public KekProvider {
 public:
  explicit FakeKekProvider(absl::string_view seed = "a KEK for tests");
  ~FakeKekProvider() override;

  absl::string_view name() const override { return "fake"; }
  std::string check_value() const override;
  absl::StatusOr<std::string> Wrap(const SecretBytes& key) override;
  absl::StatusOr<SecretBytes> Unwrap(absl::string_view wrapped) override;

 private:
  struct Key;
  const std::unique_ptr<const Key> key_;
};

// Passes for FakeKekProvider{} until it is asked: every call is UNAVAILABLE, as of an HSM that was
// unplugged. Thread-safe.
class FailingKekProvider final : public KekProvider {
 public:
  absl::string_view name() const override { return "fake"; }
  std::string check_value() const override;
  absl::StatusOr<std::string> Wrap(const SecretBytes& key) override;
  absl::StatusOr<SecretBytes> Unwrap(absl::string_view wrapped) override;
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_TESTING_FAKE_KEK_PROVIDER_H_
