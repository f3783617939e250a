#include "server/kek_source.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "base/log.h"
#include "base/secret_bytes.h"
#include "base/status.h"
#include "keys/file_kek_provider.h"
#include "keys/pkcs11/hsm_token.h"
#include "keys/pkcs11/pin_source.h"
#include "keys/pkcs11/pkcs11_kek_provider.h"
#include "keys/pkcs11/pkcs11_module.h"

namespace cardvault {
namespace {

class FileKekSource final : public KekSource {
 public:
  explicit FileKekSource(std::string path) : path_(std::move(path)) {}

  absl::string_view provider() const override { return "file"; }
  std::string place() const override {
    std::error_code ignored;
    return absl::StrCat("file ",
                        std::filesystem::absolute(path_, ignored).lexically_normal().string());
  }
  absl::StatusOr<bool> Exists(uint32_t generation) override {
    std::error_code ignored;  // Create says what is wrong
    return std::filesystem::exists(Path(generation), ignored);
  }
  absl::Status Create(uint32_t generation) override { return CreateKekFile(Path(generation)); }
  absl::StatusOr<std::unique_ptr<KekProvider>> Open(uint32_t generation) override {
    return OpenKekFile(Path(generation), generation);
  }
  absl::Status Destroy(uint32_t generation, absl::string_view check_value) override {
    return DestroyKekFile(Path(generation), check_value);
  }

 private:
  std::string Path(uint32_t generation) const {
    return generation == 1 ? path_ : absl::StrCat(path_, ".", generation);
  }

  const std::string path_;
};

class Pkcs11KekSource final : public KekSource {
 public:
  Pkcs11KekSource(std::string module_path, Pkcs11KekOptions options, SecretBytes pin)
      : module_path_(std::move(module_path)), options_(std::move(options)), pin_(std::move(pin)) {}

  absl::string_view provider() const override { return "pkcs11"; }
  std::string place() const override {
    // The module as well: another maker's HSM may have a token of the same label.
    return absl::StrCat("pkcs11 ", absl::BytesToHexString(module_path_), " ",
                        absl::BytesToHexString(options_.token_label), " ",
                        absl::BytesToHexString(options_.kek.label), " ",
                        absl::BytesToHexString(options_.kek.id));
  }
  absl::StatusOr<bool> Exists(uint32_t generation) override {
    RETURN_IF_ERROR(Connect());
    return HasPkcs11Kek(*token_, options_, generation);
  }
  absl::Status Create(uint32_t generation) override {
    RETURN_IF_ERROR(Connect());
    return CreatePkcs11Kek(*token_, options_, generation);
  }
  absl::StatusOr<std::unique_ptr<KekProvider>> Open(uint32_t generation) override {
    RETURN_IF_ERROR(Connect());
    return OpenPkcs11Kek(token_, options_, generation);
  }
  absl::Status Destroy(uint32_t generation, absl::string_view check_value) override {
    RETURN_IF_ERROR(Connect());
    return DestroyPkcs11Kek(*token_, options_, generation, check_value);
  }

 private:
  // Loads the module and logs in at the first use: not before the configuration is approved.
  // Never NOT_FOUND: a module or token that is not there says nothing of the KEK in it, which
  // must not pass for deleted.
  absl::Status Connect() {
    if (token_ != nullptr) return absl::OkStatus();
    RETURN_IF_ERROR(refusal_);
    const absl::Status status = TryConnect();
    if (!absl::IsNotFound(status)) return status;
    LogEvent(LogLevel::kError, "kek.hsm_away").With("status", status);
    return Unavailable(ErrorReason::kInternal,
                       "the HSM's module or its token is not there: connect it, or correct the "
                       "module's path and the token's label");
  }

  absl::Status TryConnect() {
    ASSIGN_OR_RETURN(std::shared_ptr<Pkcs11Module> module, Pkcs11Module::Share(module_path_));
    absl::StatusOr<std::shared_ptr<HsmToken>> token =
        HsmToken::Open(std::move(module), options_.token_label, pin_.Clone());
    // Only a person can mend it, and a wrong PIN that is tried again locks the token.
    if (absl::IsFailedPrecondition(token.status())) refusal_ = token.status();
    if (token.ok() || !refusal_.ok()) pin_.Wipe();
    ASSIGN_OR_RETURN(token_, std::move(token));
    return absl::OkStatus();
  }

  const std::string module_path_;
  const Pkcs11KekOptions options_;
  SecretBytes pin_;
  absl::Status refusal_;
  std::shared_ptr<HsmToken> token_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<KekSource>> NewKekSource(const KekConfig& config) {
  if (config.provider == "file") return std::make_unique<FileKekSource>(config.path);
  ASSIGN_OR_RETURN(SecretBytes pin, config.pin_fd >= 0 ? ReadPinDescriptor(config.pin_fd)
                                                       : ReadPinFile(config.pin_file));
  return std::make_unique<Pkcs11KekSource>(config.module, config.pkcs11, std::move(pin));
}

std::string KekPlace(const KekConfig& config, absl::string_view section) {
  if (config.provider == "file") return absl::StrCat(section, ".path ", config.path);
  if (config.provider == "custody") return absl::StrCat(section, ".provider custody");
  return absl::StrCat(section, ".module ", config.module, ", ", section, ".token_label ",
                      config.pkcs11.token_label, ", ", section, ".key_label ",
                      config.pkcs11.kek.label);
}

}  // namespace cardvault
