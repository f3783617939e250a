#ifndef CARDVAULT_SERVER_KEK_SOURCE_H_
#define CARDVAULT_SERVER_KEK_SOURCE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "keys/kek_provider.h"
#include "server/config.h"

namespace cardvault {

// A place in which the configuration keeps KEKs of the vault: a file and its neighbours, or a token
// of an HSM. Each has a generation, from 1. Not thread-safe.
class KekSource {
 public:
  virtual ~KekSource() = default;

  virtual absl::string_view provider() const = 0;  // as KekProvider::name
  // Tells places apart: two of one text are one place.
  virtual std::string place() const = 0;
  // Whether there is a KEK, or something else in its place.
  virtual absl::StatusOr<bool> Exists(uint32_t generation) = 0;
  // Makes one; ALREADY_EXISTS when there is something. Errors as CreateKekFile, CreatePkcs11Kek.
  virtual absl::Status Create(uint32_t generation) = 0;
  // Errors as OpenKekFile, OpenPkcs11Kek.
  virtual absl::StatusOr<std::unique_ptr<KekProvider>> Open(uint32_t generation) = 0;
  // Deletes one for good. Errors as DestroyKekFile, DestroyPkcs11Kek.
  virtual absl::Status Destroy(uint32_t generation, absl::string_view check_value) = 0;
};

// Reads the PIN where there is one: before anything else opens descriptors or files, for a PIN's
// descriptor that was not given has the number of the next one opened. Errors as ReadPinFile,
// ReadPinDescriptor. A module is loaded at the first use of the source, whose errors are
// Pkcs11Module::Load's too; an HSM that was not there is looked for again, and a PIN that was
// refused is not tried again. Of the providers whose KEK a machine holds, which custody's is not.
absl::StatusOr<std::unique_ptr<KekSource>> NewKekSource(const KekConfig& config);

// Where that is, by keys of the configuration's `section`: for start-up errors.
std::string KekPlace(const KekConfig& config, absl::string_view section = "kek");

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_KEK_SOURCE_H_
