// cardvault-sandbox: stand-ins of the H2H API and the Praxis API on loopback. See README.md.

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "sandbox/answer_delivery.h"
#include "sandbox/clock.h"
#include "sandbox/credentials.h"
#include "sandbox/h2h_gateway.h"
#include "sandbox/json_value.h"
#include "sandbox/praxis13_gateway.h"
#include "sandbox/praxis_gateway.h"
#include "sandbox/tls_server.h"

namespace cardvault::sandbox {
namespace {

constexpr int kExitRefused = 1;
constexpr int kExitUsage = 2;
constexpr int64_t kDelayMsMax = 3'600'000;  // an hour, longer than any test

struct Flags {
  int h2h_port = 0;
  int praxis_port = 0;
  int praxis13_port = 0;
  std::string cert;
  std::string key;
  std::string credentials;
  int64_t slow_ms = 10'000;
  int64_t late_ms = 500;
  std::string ready_file;
  int ready_fd = -1;
};

void AddFlags(CLI::App& app, Flags& flags) {
  app.add_option("--h2h-port", flags.h2h_port, "Port of the H2H API; 0 takes a free one")
      ->check(CLI::Range(0, 65535));
  app.add_option("--praxis-port", flags.praxis_port,
                 "Port of the Praxis API 1.1; 0 takes a free one")
      ->check(CLI::Range(0, 65535));
  app.add_option("--praxis13-port", flags.praxis13_port,
                 "Port of the Praxis API 1.3, if there is an account for it; 0 takes a free one")
      ->check(CLI::Range(0, 65535));
  app.add_option("--cert", flags.cert, "PEM file: server certificate, then its chain")->required();
  app.add_option("--key", flags.key, "PEM file: private key of the certificate")->required();
  app.add_option("--credentials", flags.credentials, "JSON file: the accounts the APIs know")
      ->required();
  app.add_option("--slow-ms", flags.slow_ms, "How late a slow answer comes, in milliseconds")
      ->check(CLI::Range(int64_t{0}, kDelayMsMax));
  app.add_option("--late-ms", flags.late_ms, "How late a late payment is booked, in milliseconds")
      ->check(CLI::Range(int64_t{0}, kDelayMsMax));
  app.add_option("--ready-file", flags.ready_file, "Write the ports here, as JSON, when listening");
  app.add_option("--ready-fd", flags.ready_fd, "Write the ports to this file descriptor");
}

bool Fail(absl::string_view text) {
  std::cerr << "cardvault-sandbox: " << text << std::endl;
  return false;
}

// A reader of the file never sees half of it.
bool WriteReadyFile(const std::string& path, const std::string& text) {
  const std::string draft = path + ".tmp";
  std::FILE* file = std::fopen(draft.c_str(), "w");
  if (file == nullptr) return Fail(absl::StrCat(draft, ": cannot be written"));
  const bool written = std::fputs(text.c_str(), file) >= 0;
  if (std::fclose(file) != 0 || !written || std::rename(draft.c_str(), path.c_str()) != 0) {
    return Fail(absl::StrCat(path, ": cannot be written"));
  }
  return true;
}

bool WriteReadyDescriptor(int descriptor, const std::string& text) {
  if (write(descriptor, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return Fail("--ready-fd: cannot be written");
  }
  close(descriptor);
  return true;
}

// One API on its port.
struct Listener {
  const char* name;
  const char* port_member;  // in the ready text
  std::unique_ptr<TlsServer> server;
};

bool TellReady(const Flags& flags, const std::vector<Listener>& listeners) {
  JsonValue ports = JsonValue::Object();
  for (const Listener& listener : listeners) {
    std::cout << listener.name << " listens on https://127.0.0.1:" << listener.server->port()
              << std::endl;
    ports.Set(listener.port_member, JsonValue::Number(listener.server->port()));
  }
  const std::string text = ports.Write() + "\n";
  return (flags.ready_file.empty() || WriteReadyFile(flags.ready_file, text)) &&
         (flags.ready_fd < 0 || WriteReadyDescriptor(flags.ready_fd, text));
}

// A load test holds more connections than the usual soft limit of 1024 descriptors.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

// Binds `port` and adds the gateway to what listens.
template <typename Gateway>
bool Listen(const Flags& flags, int port, const char* name, const char* port_member,
            Gateway& gateway, std::vector<Listener>& listeners) {
  auto server = TlsServer::Create({port, flags.cert, flags.key});
  if (!server.ok()) return Fail(server.status().message());
  gateway.Serve(**server);
  listeners.push_back({name, port_member, *std::move(server)});
  return true;
}

bool Run(const Flags& flags) {
  const auto credentials = LoadCredentials(flags.credentials);
  if (!credentials.ok()) return Fail(credentials.status().message());
  if (flags.praxis13_port != 0 && !credentials->praxis13) {
    return Fail("--praxis13-port: the credentials hold no praxis13");
  }
  const Delays delays{absl::Milliseconds(flags.slow_ms), absl::Milliseconds(flags.late_ms)};
  // A gateway outlives its server, which is destroyed first.
  H2hGateway h2h(credentials->h2h, SystemClockMs, delays);
  PraxisGateway praxis(credentials->praxis, SystemClockMs, delays);
  std::optional<Praxis13Gateway> praxis13;
  std::vector<Listener> listeners;
  if (!Listen(flags, flags.h2h_port, "H2H API", "h2h_port", h2h, listeners) ||
      !Listen(flags, flags.praxis_port, "Praxis API 1.1", "praxis_port", praxis, listeners)) {
    return false;
  }
  if (credentials->praxis13) {
    praxis13.emplace(*credentials->praxis13, SystemClockMs, delays);
    if (!Listen(flags, flags.praxis13_port, "Praxis API 1.3", "praxis13_port", *praxis13,
                listeners)) {
      return false;
    }
  }

  RaiseDescriptorLimit();
  // Blocked before any thread starts, so that only sigwait below sees them.
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  for (const Listener& listener : listeners) listener.server->Start();
  const bool told = TellReady(flags, listeners);
  if (told) {
    int signal = 0;
    sigwait(&signals, &signal);
    std::cout << "stopping" << std::endl;
  }
  h2h.Stop();
  praxis.Stop();
  if (praxis13) praxis13->Stop();
  for (const Listener& listener : listeners) listener.server->Stop();
  return told;
}

}  // namespace
}  // namespace cardvault::sandbox

int main(int argc, char** argv) {
  using cardvault::sandbox::Flags;
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app("Stand-ins of the H2H API and the Praxis API over TLS on 127.0.0.1.",
               "cardvault-sandbox");
  Flags flags;
  cardvault::sandbox::AddFlags(app, flags);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : cardvault::sandbox::kExitUsage;
  }
  return cardvault::sandbox::Run(flags) ? 0 : cardvault::sandbox::kExitRefused;
}
