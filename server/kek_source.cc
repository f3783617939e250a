#include "server/kek_source.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/secret_bytes.h"
#include "base/status.h"
#include "keys/file_kek_provider.h"
#include "keys/pkcs11/pin_source.h"
#include "keys/pkcs11/pkcs11_kek_provider.h"
#include "keys/pkcs11/pkcs11_module.h"

namespace cardvault {
namespace {

class FileKekSource final : public KekSource {
 public:
  explicit FileKekSource(std::string path) : path_(std::move(path)) {}

  absl::StatusOr<bool> Exists() override {
    std::error_code ignored;  // Create says what is wrong
    return std::filesystem::exists(path_, ignored);
  }
  absl::Status Create() override { return CreateKekFile(path_); }
  absl::StatusOr<std::unique_ptr<KekProvider>> Open() override { return OpenKekFile(path_); }

 private:
  const std::string path_;
};

class Pkcs11KekSource final : public KekSource {
 public:
  Pkcs11KekSource(std::unique_ptr<Pkcs11Module> module, Pkcs11KekOptions options, SecretBytes pin)
      : module_(std::move(module)), options_(std::move(options)), pin_(std::move(pin)) {}

  absl::StatusOr<bool> Exists() override { return HasPkcs11Kek(*module_, options_, pin_); }
  absl::Status Create() override { return CreatePkcs11Kek(*module_, options_, pin_); }
  absl::StatusOr<std::unique_ptr<KekProvider>> Open() override {
    return OpenPkcs11Kek(std::make_unique<Pkcs11Module>(module_->functions()), options_,
                         pin_.Clone());
  }

 private:
  const std::unique_ptr<const Pkcs11Module> module_;
  const Pkcs11KekOptions options_;
  const SecretBytes pin_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<KekSource>> NewKekSource(const KekConfig& config) {
  if (config.provider == "file") return std::make_unique<FileKekSource>(config.path);
  ASSIGN_OR_RETURN(SecretBytes pin, config.pin_fd >= 0 ? ReadPinDescriptor(config.pin_fd)
                                                       : ReadPinFile(config.pin_file));
  ASSIGN_OR_RETURN(std::unique_ptr<Pkcs11Module> module, Pkcs11Module::Load(config.module));
  return std::make_unique<Pkcs11KekSource>(std::move(module), config.pkcs11, std::move(pin));
}

absl::StatusOr<std::unique_ptr<KekProvider>> OpenKek(const KekConfig& config) {
  ASSIGN_OR_RETURN(const std::unique_ptr<KekSource> source, NewKekSource(config));
  return source->Open();
}

std::string KekPlace(const KekConfig& config) {
  if (config.provider == "file") return absl::StrCat("kek.path ", config.path);
  return absl::StrCat("kek.module ", config.module, ", kek.token_label ", config.pkcs11.token_label,
                      ", kek.key_label ", config.pkcs11.kek.label);
}

}  // namespace cardvault
