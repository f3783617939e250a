#ifndef CARDVAULT_SERVER_KEK_PLACES_H_
#define CARDVAULT_SERVER_KEK_PLACES_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "keys/kek_provider.h"
#include "keys/keyring.h"
#include "server/config.h"
#include "server/kek_source.h"

namespace cardvault {

// Where the configuration says that KEKs of the vault are: `kek` and, while the KEK moves to
// another provider, `kek_next`. In which of the two the KEK in use is, the stored keyring says:
// before, during and after the move one configuration serves.
// docs/design/0007-the-next-kek-provider.md. Not thread-safe.
class KekPlaces final {
 public:
  // One section. In custody there is nothing that a machine could open.
  struct Place {
    std::string provider;
    std::unique_ptr<KekSource> source;  // null in custody
  };

  // Reads the PINs. Errors as NewKekSource.
  static absl::StatusOr<std::unique_ptr<KekPlaces>> Open(const ServerConfig& config);

  // `kek` and, when it is configured, `kek_next`.
  explicit KekPlaces(std::vector<Place> places) : places_(std::move(places)) {}

  // FAILED_PRECONDITION (MODE), naming the provider and what to write, when neither section is of
  // the provider that the vault's KEK is with.
  absl::Status CheckNamed(absl::string_view provider) const;

  // The place of a KEK that is not in custody: of two of its provider the one that has it, for
  // which they are opened; one alone is it. Errors as CheckNamed and Find.
  absl::StatusOr<KekSource*> PlaceOf(const KekVersionInfo& kek);

  // Opens it there. When one place alone is of its provider, whether what lies there is that KEK is
  // left to who opens the keyring with it. Errors as CheckNamed and KekSource::Open; DATA_LOSS when
  // neither of two has it.
  absl::StatusOr<std::shared_ptr<KekProvider>> Find(const KekVersionInfo& kek);

  // The places of a provider that a machine can open.
  std::vector<KekSource*> Of(absl::string_view provider) const;

  // `kek_next`, null when it is not configured.
  const Place* next() const { return places_.size() > 1 ? &places_[1] : nullptr; }

 private:
  struct Found {
    KekSource* source;
    std::shared_ptr<KekProvider> kek;
  };
  absl::StatusOr<Found> OpenAt(const KekVersionInfo& kek);

  const std::vector<Place> places_;
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_KEK_PLACES_H_
