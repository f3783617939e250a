#ifndef CARDVAULT_SERVER_KEK_SOURCE_H_
#define CARDVAULT_SERVER_KEK_SOURCE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "keys/kek_provider.h"
#include "server/config.h"

namespace cardvault {

// Where the configuration keeps the vault's KEK. Not thread-safe.
class KekSource {
 public:
  virtual ~KekSource() = default;

  // Whether there is a KEK, or something else in its place.
  virtual absl::StatusOr<bool> Exists() = 0;
  // Makes one; ALREADY_EXISTS when there is something. Errors as CreateKekFile, CreatePkcs11Kek.
  virtual absl::Status Create() = 0;
  // One provider at a time. Errors as OpenKekFile, OpenPkcs11Kek.
  virtual absl::StatusOr<std::unique_ptr<KekProvider>> Open() = 0;
};

// Reads the PIN and loads the module where there is one: before anything else opens descriptors or
// files, for a PIN's descriptor that was not given has the number of the next one opened. Errors
// as ReadPinFile, ReadPinDescriptor, Pkcs11Module::Load.
absl::StatusOr<std::unique_ptr<KekSource>> NewKekSource(const KekConfig& config);

// The provider alone, of a vault that is made.
absl::StatusOr<std::unique_ptr<KekProvider>> OpenKek(const KekConfig& config);

// Where that is, by keys of the configuration: for start-up errors.
std::string KekPlace(const KekConfig& config);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_KEK_SOURCE_H_
