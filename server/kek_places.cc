#include "server/kek_places.h"

#include <utility>

#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {

absl::StatusOr<std::unique_ptr<KekPlaces>> KekPlaces::Open(const ServerConfig& config) {
  std::vector<const KekConfig*> sections = {&config.kek};
  if (config.kek_next.has_value()) sections.push_back(&*config.kek_next);
  std::vector<Place> places;
  for (const KekConfig* section : sections) {
    Place place{section->provider, nullptr};
    if (section->provider != "custody") {
      ASSIGN_OR_RETURN(place.source, NewKekSource(*section));
    }
    places.push_back(std::move(place));
  }
  return std::make_unique<KekPlaces>(std::move(places));
}

absl::Status KekPlaces::CheckNamed(absl::string_view provider) const {
  for (const Place& place : places_) {
    if (place.provider == provider) return absl::OkStatus();
  }
  if (provider == "file") {
    return FailedPrecondition(ErrorReason::kMode,
                              "the vault's KEK is in a file: name it in the section `kek`, with "
                              "`provider: file` and its path, or in `kek_next`");
  }
  if (provider == "pkcs11") {
    return FailedPrecondition(ErrorReason::kMode,
                              "the vault's KEK is in an HSM: name its token in the section `kek`, "
                              "with `provider: pkcs11`, or in `kek_next`");
  }
  if (provider == "custody") {
    return FailedPrecondition(ErrorReason::kMode,
                              "the vault's KEK is in custody: write `provider: custody` in the "
                              "section `kek`, or in `kek_next`");
  }
  return FailedPrecondition(ErrorReason::kMode,
                            "the vault's KEK is with a provider that this release does not know");
}

std::vector<KekSource*> KekPlaces::Of(absl::string_view provider) const {
  std::vector<KekSource*> sources;
  for (const Place& place : places_) {
    if (place.provider == provider && place.source != nullptr) {
      sources.push_back(place.source.get());
    }
  }
  return sources;
}

absl::StatusOr<KekPlaces::Found> KekPlaces::OpenAt(const KekVersionInfo& kek) {
  RETURN_IF_ERROR(CheckNamed(kek.provider));
  const std::vector<KekSource*> sources = Of(kek.provider);
  absl::Status problem =
      DataLoss("neither `kek` nor `kek_next` has the KEK that wraps the keyring");
  for (KekSource* source : sources) {
    absl::StatusOr<std::shared_ptr<KekProvider>> opened = source->Open(kek.generation);
    if (sources.size() == 1) {
      RETURN_IF_ERROR(opened.status());
      return Found{source, *std::move(opened)};
    }
    if (opened.ok() && (*opened)->check_value() == kek.check_value) {
      return Found{source, *std::move(opened)};
    }
    // It may be where nothing could be seen.
    if (!opened.ok() && !absl::IsNotFound(opened.status())) problem = opened.status();
  }
  return problem;
}

absl::StatusOr<KekSource*> KekPlaces::PlaceOf(const KekVersionInfo& kek) {
  RETURN_IF_ERROR(CheckNamed(kek.provider));
  const std::vector<KekSource*> sources = Of(kek.provider);
  if (sources.size() == 1) return sources.front();
  ASSIGN_OR_RETURN(const Found found, OpenAt(kek));
  return found.source;
}

absl::StatusOr<std::shared_ptr<KekProvider>> KekPlaces::Find(const KekVersionInfo& kek) {
  ASSIGN_OR_RETURN(Found found, OpenAt(kek));
  return std::move(found.kek);
}

}  // namespace cardvault
