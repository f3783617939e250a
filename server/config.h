#ifndef CARDVAULT_SERVER_CONFIG_H_
#define CARDVAULT_SERVER_CONFIG_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/log.h"
#include "card/bin.h"
#include "card/card_number_policy.h"
#include "keys/pkcs11/pkcs11_kek_options.h"
#include "server/document_mistake.h"

namespace cardvault {

// Where one port listens and how it proves itself.
struct ListenerConfig {
  std::string address;      // "host:port"
  std::string certificate;  // PEM files
  std::string private_key;
  std::string client_ca;
};

// Which provider keeps the KEK, and what that one needs.
struct KekConfig {
  std::string provider;  // "file", "pkcs11", "custody"
  // With "file" ("custody" needs nothing: the store says who holds the shares):
  std::string path;
  // With "pkcs11":
  std::string module;
  std::string pin_file;  // "": pin_fd
  int pin_fd = -1;
  Pkcs11KekOptions pkcs11;
};

// Where checkpoints of the audit log go. One of `file` and `syslog` is set.
struct CheckpointSinkConfig {
  std::string file;    // outside the data directory
  std::string syslog;  // the socket of its daemon
  // Whether nothing is done that must be logged while the sink takes no checkpoints.
  bool is_required = true;
};

// Where backups go, and how many stay. An empty directory: none are made.
struct BackupConfig {
  std::string directory;  // outside the data directory
  size_t keep = 14;
  uint32_t expire_days = 90;
  uint64_t bytes_per_second = uint64_t{100} << 20;
};

// Which reads of merchants are entries of the audit log.
enum class AuditReads {
  kOpened,  // those that open a sealed card
  kAll,     // what is shown of cards and payments too
};

// More would not say more, and each has a thread.
inline constexpr size_t kMaxCheckpointSinks = 4;

// cardvault.yaml: where things are, and sizes; never what four eyes protect (routes, roles: in the
// store). Every key is in docs/configuration.md. Relative paths are relative to the file.
struct ServerConfig {
  std::string document_sha256;  // of the file's own bytes
  VaultMode mode = VaultMode::kSandbox;
  std::string data_directory;
  ListenerConfig merchant;
  ListenerConfig admin;
  // By which a copy of the data directory on another machine is seen. systemd's own by default.
  std::string machine_id_file = "/etc/machine-id";
  std::string metrics_address;  // "host:port" of loopback; "": no metrics page
  KekConfig kek;
  std::optional<KekConfig> kek_next;  // where the KEK is to move, and may be already
  std::vector<CheckpointSinkConfig> checkpoint_sinks;  // at least one in production
  BackupConfig backup;
  std::optional<int> audit_retention_months;  // nothing: the audit log is kept for ever
  AuditReads audit_reads = AuditReads::kOpened;
  absl::Duration cvv_life = absl::Minutes(15);
  BinLength bin_length = BinLength::kSix;  // must be the vault's
  // Card numbers of a merchant that share their first and last digits, taken from imports within a
  // day (tokenizer/enumeration_guard.h).
  int import_enumeration_limit = 10;
  absl::Duration retention_interval = absl::Seconds(60);
  absl::Duration drain_timeout = absl::Seconds(30);
  LogLevel log_level = LogLevel::kInfo;
  // Entries 1 to 16 GiB; default 256 MiB: of RocksDB's block cache.
  size_t block_cache_bytes = size_t{256} << 20;
};

struct ParsedConfig {
  ServerConfig config;
  std::vector<DocumentMistake> mistakes;  // when empty, `config` is good
};

// Strict: unknown keys, wrong types and forms, missing keys and combinations that production
// forbids are mistakes; all are reported. `directory` is the file's.
ParsedConfig ParseConfig(absl::string_view document, const std::string& directory);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_CONFIG_H_
