#include "server/config.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/sha256.h"
#include "server/config_keys.h"
#include "server/config_paths.h"
#include "vault/retention/log_retention.h"

namespace cardvault {
namespace {

constexpr size_t kMaxConfigSize = 1 << 20;
constexpr uint64_t kMebibyte = uint64_t{1} << 20;
constexpr int kMinImportLimit = 10;    // Tokenize's own
constexpr int kMaxImportLimit = 1000;  // the row that counts stays below 100 KiB
constexpr absl::Duration kMaxDrain = absl::Minutes(10);
constexpr int kMaxRetentionMonths = 1200;
constexpr absl::Duration kMinSweep = absl::Seconds(1);
constexpr absl::Duration kMaxSweep = absl::Hours(1);

// Reads one document, gathering mistakes. Each Read* takes the value of one key of a map.
class ConfigReader final : private ConfigKeys {
 public:
  explicit ConfigReader(std::string directory) : ConfigKeys(std::move(directory)) {}

  ParsedConfig Read(absl::string_view document) {
    ReadDocument(document);
    return {std::move(config_), mistakes()};
  }

 private:
  void ReadDocument(absl::string_view document) {
    if (document.size() > kMaxConfigSize) return Mistake(0, "", "the file is larger than 1 MiB");
    YAML::Node root;
    try {
      root = YAML::Load(std::string(document));
    } catch (const YAML::Exception& error) {
      return Mistake(error.mark.line + 1, "", "not YAML from here on");
    }
    if (!root.IsMap()) {
      return Mistake(0, "", "the file is not a map of keys; see deploy/cardvault.example.yaml");
    }
    ReadRoot(root);
  }

  Member Mechanism(Pkcs11Mechanism* out) {
    return [this, out](const YAML::Node& value, const std::string& key) {
      const std::string text = value.IsScalar() ? value.Scalar() : "";
      if (text == "aes-gcm") {
        *out = Pkcs11Mechanism::kAesGcm;
      } else if (text == "aes-gcm-token-nonce") {
        *out = Pkcs11Mechanism::kAesGcmTokenNonce;
      } else {
        Mistake(value, key, "not aes-gcm or aes-gcm-token-nonce");
      }
    };
  }

  Member Listener(ListenerConfig* listener) {
    return Section({{"address", {true, Address(&listener->address)}},
                    {"certificate", {true, Path(&listener->certificate)}},
                    {"private_key", {true, Path(&listener->private_key)}},
                    {"client_ca", {true, Path(&listener->client_ca)}}});
  }

  Member Kek(KekConfig* kek) {
    return Section({{"provider", {true, Text(&kek->provider)}},
                    {"path", {false, Path(&kek->path)}},
                    {"module", {false, Path(&kek->module)}},
                    {"token_label", {false, Label(&kek->pkcs11.token_label)}},
                    {"key_label", {false, Text(&kek->pkcs11.kek.label)}},
                    {"key_id", {false, Hexadecimal(&kek->pkcs11.kek.id)}},
                    {"pin_file", {false, Path(&kek->pin_file)}},
                    {"pin_fd", {false, Descriptor(&kek->pin_fd)}},
                    {"mechanism", {false, Mechanism(&kek->pkcs11.mechanism)}}});
  }

  void ReadMode(const YAML::Node& value, const std::string& key) {
    const std::string text = value.IsScalar() ? value.Scalar() : "";
    if (text == "sandbox") {
      config_.mode = VaultMode::kSandbox;
    } else if (text == "production") {
      config_.mode = VaultMode::kProduction;
    } else {
      Mistake(value, key, "not `sandbox` or `production`");
    }
  }

  void ReadBinLength(const YAML::Node& value, const std::string& key) {
    const std::string text = value.IsScalar() ? value.Scalar() : "";
    if (text != "6" && text != "8") return Mistake(value, key, "not 6 or 8");
    config_.bin_length = text == "6" ? BinLength::kSix : BinLength::kEight;
  }

  // `least` to `most` of `unit`.
  template <typename Integer>
  Member Number(Integer* out, uint64_t least, uint64_t most, uint64_t unit, const char* problem) {
    return [=, this](const YAML::Node& value, const std::string& key) {
      uint64_t number = 0;
      if (!value.IsScalar() || !absl::SimpleAtoi(value.Scalar(), &number) || number < least ||
          number > most) {
        return Mistake(value, key, problem);
      }
      *out = static_cast<Integer>(number * unit);
    };
  }

  Member Backup(BackupConfig* backup) {
    return Section(
        {{"directory", {true, Path(&backup->directory)}},
         {"keep", {false, Number(&backup->keep, 1, 1000, 1, "not 1 to 1000")}},
         {"expire_days", {false, Number(&backup->expire_days, 1, 3650, 1, "not 1 to 3650 days")}},
         {"rate_mib_per_second",
          {false, Number(&backup->bytes_per_second, 1, 16384, kMebibyte,
                         "not a number of MiB from 1 to 16384")}}});
  }

  void ReadLogLevel(const YAML::Node& value, const std::string& key) {
    const std::string text = value.IsScalar() ? value.Scalar() : "";
    if (text == "debug") {
      config_.log_level = LogLevel::kDebug;
    } else if (text == "info") {
      config_.log_level = LogLevel::kInfo;
    } else if (text == "warning") {
      config_.log_level = LogLevel::kWarning;
    } else if (text == "error") {
      config_.log_level = LogLevel::kError;
    } else {
      Mistake(value, key, "not debug, info, warning or error");
    }
  }

  void ReadRoot(const YAML::Node& root) {
    auto bind = [this](void (ConfigReader::*read)(const YAML::Node&, const std::string&)) {
      return [this, read](const YAML::Node& value, const std::string& key) {
        (this->*read)(value, key);
      };
    };
    ReadMap(root, "",
            {{"mode", {true, bind(&ConfigReader::ReadMode)}},
             {"data_directory", {true, Path(&config_.data_directory)}},
             {"merchant_listener", {true, Listener(&config_.merchant)}},
             {"admin_listener", {true, Listener(&config_.admin)}},
             {"metrics_listener",
              {false, Section({{"address", {true, LoopbackAddress(&config_.metrics_address)}}})}},
             {"kek", {true, Kek(&config_.kek)}},
             {"kek_next", {false, Kek(&next_kek_)}},
             {"audit",
              {false, Section({{"sinks", {false, bind(&ConfigReader::ReadSinks)}},
                               {"reads", {false, bind(&ConfigReader::ReadAuditReads)}},
                               {"retention_months", {false, bind(&ConfigReader::ReadMonths)}}})}},
             {"machine_id_file", {false, Path(&config_.machine_id_file)}},
             {"bin_length", {false, bind(&ConfigReader::ReadBinLength)}},
             {"cvv_life",
              {false, Duration(&config_.cvv_life, absl::Seconds(1), absl::Minutes(60),
                               "not a time from 1s to 60m, for example 15m")}},
             {"retention_interval",
              {false, Duration(&config_.retention_interval, kMinSweep, kMaxSweep,
                               "not a time from 1s to 1h, for example 60s")}},
             {"drain_timeout",
              {false, Duration(&config_.drain_timeout, absl::ZeroDuration(), kMaxDrain,
                               "not a time from 0s to 10m, for example 30s")}},
             {"import_enumeration_limit",
              {false, Number(&config_.import_enumeration_limit, kMinImportLimit, kMaxImportLimit, 1,
                             "not a number from 10 to 1000")}},
             {"backup", {false, Backup(&config_.backup)}},
             {"block_cache_mib",
              {false, Number(&config_.block_cache_bytes, 8, 16384, kMebibyte,
                             "not a number of MiB from 8 to 16384")}},
             {"log_level", {false, bind(&ConfigReader::ReadLogLevel)}}});
    CheckKeks(root);
    CheckSinks(root);
    if (root["backup"]) {
      CheckOutside(root["backup"], "backup.directory", config_.backup.directory);
    }
  }

  void ReadAuditReads(const YAML::Node& value, const std::string& key) {
    const std::string text = value.IsScalar() ? value.Scalar() : "";
    if (text != "opened" && text != "all") return Mistake(value, key, "not `opened` or `all`");
    config_.audit_reads = text == "all" ? AuditReads::kAll : AuditReads::kOpened;
  }

  void ReadSinks(const YAML::Node& value, const std::string& key) {
    if (!value.IsSequence() || value.size() == 0 || value.size() > kMaxCheckpointSinks) {
      return Mistake(value, key, "not a list of 1 to 4 sinks");
    }
    for (const YAML::Node& item : value) {
      CheckpointSinkConfig sink;
      ReadMap(item, key,
              {{"file", {false, Path(&sink.file)}},
               {"syslog", {false, Path(&sink.syslog)}},
               {"required", {false, Boolean(&sink.is_required)}}});
      if (sink.file.empty() == sink.syslog.empty()) {
        Mistake(item, key, "give each sink one of `file` and `syslog`");
      }
      for (const CheckpointSinkConfig& other : config_.checkpoint_sinks) {
        if (other.file == sink.file && other.syslog == sink.syslog) {
          Mistake(item, key, "given twice");
        }
      }
      config_.checkpoint_sinks.push_back(std::move(sink));
    }
  }

  void ReadMonths(const YAML::Node& value, const std::string& key) {
    int months = 0;
    if (!value.IsScalar() || !absl::SimpleAtoi(value.Scalar(), &months) ||
        months < kMinRetentionMonths || months > kMaxRetentionMonths) {
      return Mistake(value, key, "not a number of months from 12 to 1200");
    }
    config_.audit_retention_months = months;
  }

  void CheckSinks(const YAML::Node& root) {
    const YAML::Node at = root["audit"] ? root["audit"] : root;
    bool any_required = false;
    for (const CheckpointSinkConfig& sink : config_.checkpoint_sinks) {
      CheckOutside(at, "audit.sinks", sink.file);
      any_required = any_required || sink.is_required;
    }
    if (config_.mode == VaultMode::kProduction && !any_required) {
      Mistake(at, "audit.sinks",
              "production brings the audit log's checkpoints outside: name a file or syslog that "
              "is required");
    }
  }

  void CheckKeks(const YAML::Node& root) {
    CheckKek(root["kek"], "kek", config_.kek);
    if (!root["kek_next"].IsDefined()) return;
    config_.kek_next = std::move(next_kek_);
    CheckKek(root["kek_next"], "kek_next", *config_.kek_next);
    CheckAnother(root["kek_next"], config_.kek, *config_.kek_next);
  }

  // `section` is the key of the configuration, and `kek` what stands there.
  void CheckKek(const YAML::Node& kek, const std::string& section, const KekConfig& config) {
    if (config.provider.empty()) return;  // reported already
    if (config.provider == "file") {
      CheckFileKek(kek, section, config);
    } else if (config.provider == "pkcs11") {
      CheckPkcs11Kek(kek, section, config);
    } else if (config.provider == "custody") {
      RefuseOfPkcs11(kek, section);
      RefuseOfFile(kek, section);
    } else {
      Mistake(kek, absl::StrCat(section, ".provider"),
              "not a provider of this version; there are `file`, `pkcs11` and `custody`");
    }
  }

  void CheckFileKek(const YAML::Node& kek, const std::string& section, const KekConfig& config) {
    if (config_.mode == VaultMode::kProduction) {
      return Mistake(kek, absl::StrCat(section, ".provider"),
                     "production does not run with a key in a file; `file` is for the sandbox");
    }
    Require(kek, section, {"path"});
    RefuseOfPkcs11(kek, section);
    CheckOutside(kek, absl::StrCat(section, ".path"), config.path);
  }

  void CheckPkcs11Kek(const YAML::Node& kek, const std::string& section, const KekConfig& config) {
    Require(kek, section, {"module", "token_label", "key_label"});
    RefuseOfFile(kek, section);
    if (kek["pin_file"].IsDefined() == kek["pin_fd"].IsDefined()) {
      Mistake(kek, absl::StrCat(section, ".pin_file"), "give one of pin_file and pin_fd");
    }
    CheckOutside(kek, absl::StrCat(section, ".pin_file"), config.pin_file);
  }

  // A KEK moves to another place than the one that it is in.
  void CheckAnother(const YAML::Node& at, const KekConfig& kek, const KekConfig& next) {
    if (kek.pin_fd >= 0 && kek.pin_fd == next.pin_fd) {
      Mistake(at["pin_fd"], "kek_next.pin_fd", "is kek.pin_fd, which is read to its end");
    }
    if (kek.provider != next.provider) return;
    if (next.provider == "custody") {
      Mistake(at, "kek_next.provider",
              "is kek.provider: other custodians are made with `cardvault custodian replace`");
    } else if (next.provider == "file" && !next.path.empty() && IsSamePath(kek.path, next.path)) {
      Mistake(at["path"], "kek_next.path",
              "is kek.path: the next KEK beside it needs no section of its own");
    } else if (next.provider == "pkcs11" && !next.pkcs11.token_label.empty() &&
               IsSamePath(kek.module, next.module) &&
               kek.pkcs11.token_label == next.pkcs11.token_label) {
      Mistake(at["token_label"], "kek_next.token_label",
              "is the token of `kek`: the next KEK in it needs no section of its own");
    }
  }

  void RefuseOfFile(const YAML::Node& kek, const std::string& section) {
    if (kek["path"]) Mistake(kek["path"], absl::StrCat(section, ".path"), "is for `file` alone");
  }

  void RefuseOfPkcs11(const YAML::Node& kek, const std::string& section) {
    for (const char* name :
         {"module", "token_label", "key_label", "key_id", "pin_file", "pin_fd", "mechanism"}) {
      if (kek[name]) Mistake(kek[name], absl::StrCat(section, ".", name), "is for `pkcs11` alone");
    }
  }

  void Require(const YAML::Node& kek, const std::string& section,
               std::initializer_list<const char*> names) {
    for (const char* name : names) {
      if (!kek[name]) Mistake(kek, absl::StrCat(section, ".", name), "missing");
    }
  }

  void CheckOutside(const YAML::Node& kek, const std::string& key, const std::string& path) {
    const std::string& data = config_.data_directory;
    if (!path.empty() && !data.empty() && IsWithin(path, data)) {
      Mistake(kek, key, "inside the data directory; it must rest elsewhere");
    }
  }

  KekConfig next_kek_;
  ServerConfig config_;
};

}  // namespace

ParsedConfig ParseConfig(absl::string_view document, const std::string& directory) {
  ParsedConfig parsed = ConfigReader(directory).Read(document);
  parsed.config.document_sha256 = Sha256(document);
  return parsed;
}

}  // namespace cardvault
