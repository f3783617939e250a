// The server. main() hardens the process before anything else, then reads what it was told.

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/lock_checks.h"
#include "base/log.h"
#include "base/process_hardening.h"
#include "base/version.h"
#include "server/config.h"
#include "server/daemon.h"
#include "server/init_vault.h"
#include "server/kek_source.h"
#include "server/new_custodians.h"
#include "server/restore_command.h"

namespace cardvault {
namespace {

constexpr int kUsage = 2;

struct Arguments {
  std::string config;
  bool check_config = false;
  bool init = false;
  std::vector<std::string> operators;
  uint32_t threshold = 0;
  std::vector<std::string> custodians;
  std::string out_directory;
  std::string ready_file;
  RestoreArguments restore;
};

// Only the thread that waits for them takes the signals.
void BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

// A name that the compiler put into gRPC.
struct GrpcSource {
  const char* file;
  friend absl::string_view SafeForLog(const GrpcSource& source) { return source.file; }
};

// Of gRPC's own lines, whose texts hold what peers sent, only where in its source they are made.
void LogOfGrpc(gpr_log_func_args* line) {
  LogEvent(LogLevel::kDebug, "grpc.line")
      .With("source", GrpcSource{line->file})
      .With("source_line", line->line);
}

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash == 0 ? 1 : slash);
}

// Reads the file and prints every mistake with file, line and key.
std::optional<ServerConfig> LoadConfig(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    PrintStartError("the configuration cannot be read", path,
                    "correct the path after --config, or the file's permissions");
    return std::nullopt;
  }
  ParsedConfig parsed = ParseConfig(text.str(), DirectoryOf(path));
  for (const DocumentMistake& mistake : parsed.mistakes) {
    std::cerr << path << ":" << mistake.line << ": "
              << (mistake.key.empty() ? "" : mistake.key + ": ") << mistake.problem << "\n";
  }
  if (!parsed.mistakes.empty()) {
    std::cerr << "cardvaultd: cannot start: " << parsed.mistakes.size()
              << (parsed.mistakes.size() == 1 ? " mistake" : " mistakes")
              << " in the configuration; docs/configuration.md explains every key\n";
    return std::nullopt;
  }
  return std::move(parsed.config);
}

// The options that go with `kek.provider: custody` alone; nullopt, with the mistakes printed, when
// they are not good.
std::optional<CustodyPlan> PlanOf(const Arguments& arguments) {
  CustodyPlan plan{arguments.threshold, {}, arguments.out_directory};
  std::vector<std::string> mistakes;
  plan.custodians = ReadNewCustodians(arguments.custodians, SystemClock().Now(), mistakes);
  if (plan.threshold == 0) mistakes.push_back("--threshold: how many custodians unseal the vault");
  if (plan.custodians.empty()) {
    mistakes.push_back(
        "--custodian: the vault's KEK is in custody; example: --custodian "
        "spiffe://example.com/custodian/alice=alice.pem");
  }
  if (plan.out_directory.empty()) {
    mistakes.push_back("--out: a directory for the custodians' sealed shares");
  }
  for (const std::string& mistake : mistakes) std::cerr << "cardvaultd: " << mistake << "\n";
  if (!mistakes.empty()) return std::nullopt;
  return plan;
}

void PrintCustody(const CustodyPlan& plan, const NewVault& made) {
  std::cout << "KEK: in custody, check value " << made.kek_check_value << ": any " << plan.threshold
            << " of these " << plan.custodians.size()
            << " custodians unseal the vault, each with his share:\n";
  for (size_t i = 0; i < plan.custodians.size(); ++i) {
    std::cout << "  " << plan.custodians[i].identity << "  " << made.share_files[i] << "\n";
  }
  std::cout
      << "Give each his file, and keep none here: he alone opens it. There is no other copy.\n";
}

int Init(const ServerConfig& config, const Arguments& arguments) {
  std::optional<CustodyPlan> plan;
  if (config.kek.provider == "custody") {
    plan = PlanOf(arguments);
    if (!plan.has_value()) return 1;
  } else if (arguments.threshold != 0 || !arguments.custodians.empty() ||
             !arguments.out_directory.empty()) {
    std::cerr << "cardvaultd: --threshold, --custodian and --out go with `kek.provider: custody`\n";
    return 1;
  }
  absl::StatusOr<NewVault> made =
      InitVault(config, arguments.operators, plan.has_value() ? &*plan : nullptr, SystemClock());
  if (!made.ok()) {
    PrintStartError(
        made.status().message(),
        absl::StrCat("data_directory ", config.data_directory, ", ", KekPlace(config.kek)),
        absl::IsInvalidArgument(made.status())
            ? (plan.has_value() ? "correct the options: docs/playbooks/key-ceremony.md shows them"
                                : "correct the option --operator")
            : "nothing that was there is changed; a new vault wants an empty directory in one that "
              "exists, and no KEK where one is to be made");
    return 1;
  }
  std::cout << "vault " << made->vault_id << " made in " << config.data_directory << "\n";
  if (plan.has_value()) {
    PrintCustody(*plan, *made);
    return 0;
  }
  std::cout << "KEK: " << KekPlace(config.kek) << ", check value " << made->kek_check_value
            << ": keep a copy of it apart from the data; without it nothing can be opened\n";
  return 0;
}

int Run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app(
      "cardvaultd: the card vault's server.\n"
      "Example: cardvaultd --config /etc/cardvault/cardvault.yaml");
  app.add_option("--config", arguments.config, "the configuration, YAML")->required();
  app.add_flag("--check-config", arguments.check_config,
               "name every mistake of the configuration, and stop");
  app.add_flag("--init", arguments.init, "make the vault that the configuration names, and stop");
  app.add_option("--operator", arguments.operators,
                 "with --init: an operator's identity, spiffe://<domain>/operator/<name>");
  app.add_option("--threshold", arguments.threshold,
                 "with --init and a KEK in custody: how many custodians unseal the vault");
  app.add_option("--custodian", arguments.custodians,
                 "with --init and a KEK in custody: IDENTITY=CERTIFICATE, a custodian and the PEM "
                 "file that his share is sealed to");
  app.add_option("--out", arguments.out_directory,
                 "with --init and a KEK in custody: where the sealed shares are written");
  app.add_option("--restore-backup", arguments.restore.backup,
                 "make the data directory that the configuration names of this backup's directory, "
                 "and stop; it serves nothing before it is admitted");
  app.add_option("--key", arguments.restore.keys,
                 "with --restore-backup: a verifier key of the vault's audit log, your own, as "
                 "`cardvault audit keys` has shown it; again for each further one");
  app.add_flag("--unanchored", arguments.restore.is_unanchored,
               "with --restore-backup: without a key; nothing shows who made the backup");
  app.add_option("--ready-file", arguments.ready_file,
                 "write the opened ports here as JSON once calls are taken");
  app.set_version_flag("--version", std::string("cardvaultd ") + kVersion);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }

  std::optional<ServerConfig> config = LoadConfig(arguments.config);
  if (!config.has_value()) return 1;
  if (arguments.check_config) {
    std::cout << arguments.config << ": ok\n";
    return 0;
  }
  SetLogLevel(config->log_level);
  const MemoryLock memory_lock = LockMemory();
  if (arguments.init) return Init(*config, arguments);
  if (!arguments.restore.backup.empty()) {
    return RestoreCommand(*config, arguments.restore, SystemClock());
  }
  return RunDaemon(*config, arguments.ready_file, memory_lock, SystemClock());
}

}  // namespace
}  // namespace cardvault

int main(int argc, char** argv) {
  cardvault::DropLockChecks();
  if (absl::Status hardened = cardvault::HardenProcess(argv); !hardened.ok()) {
    cardvault::PrintStartError("the process could not be hardened", "rlimits and prctl",
                               "see docs/operations.md, host settings");
    return 1;
  }
  // Protobuf would write to standard error around the log's allow-list.
  google::protobuf::SetLogHandler(nullptr);
  gpr_set_log_function(cardvault::LogOfGrpc);
  cardvault::BlockSignals();
  return cardvault::Run(argc, argv);
}
