#include "server/metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>

#include <exception>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/log.h"
#include "keys/key_purpose.h"
#include "keys/key_state.h"
#include "keys/keyring.h"

namespace cardvault {
namespace {

constexpr size_t kThreadCount = 1;  // one Prometheus asks every few seconds

prometheus::MetricFamily Family(const char* name, const char* help, prometheus::MetricType type,
                                double value) {
  prometheus::MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  prometheus::ClientMetric metric;
  if (type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  family.metric.push_back(std::move(metric));
  return family;
}

// Reads the ledger when it is asked: nothing is counted twice, and nothing drifts.
class PaymentMetrics final : public prometheus::Collectable {
 public:
  explicit PaymentMetrics(const Payments& payments) : payments_(payments) {}

  std::vector<prometheus::MetricFamily> Collect() const override {
    using prometheus::MetricType;
    std::vector<prometheus::MetricFamily> families;
    const absl::StatusOr<Payments::OpenCounts> counts = payments_.CountOpen();
    if (counts.ok()) {
      families.push_back(Family("cardvault_payments_open", "Payments without an end.",
                                MetricType::Gauge, static_cast<double>(counts->open)));
      families.push_back(Family("cardvault_payments_in_doubt",
                                "Payments whose outcome is not known.", MetricType::Gauge,
                                static_cast<double>(counts->in_doubt)));
      families.push_back(Family("cardvault_payments_needs_review",
                                "Payments that a person must look at.", MetricType::Gauge,
                                static_cast<double>(counts->needs_review)));
    } else {
      LogEvent(LogLevel::kError, "metrics.not_read").With("status", counts.status());
    }
    families.push_back(Family("cardvault_reconciler_questions_total",
                              "Status calls that the reconciler asked.", MetricType::Counter,
                              static_cast<double>(payments_.reconciled_count())));
    return families;
  }

 private:
  const Payments& payments_;
};

class KeyMetrics final : public prometheus::Collectable {
 public:
  explicit KeyMetrics(const Metrics::Parts& parts) : parts_(parts) {}

  std::vector<prometheus::MetricFamily> Collect() const override {
    using prometheus::MetricType;
    const absl::StatusOr<std::shared_ptr<const Keyring>> keyring = parts_.keyring.Snapshot();
    std::vector<prometheus::MetricFamily> families;
    families.push_back(Family("cardvault_sealed", "Whether the vault has no keys.",
                              MetricType::Gauge, keyring.ok() ? 0 : 1));
    const ReencryptionProgress job = parts_.reencryption.GetProgress();
    const bool open =
        job.state == ReencryptionState::kRunning || job.state == ReencryptionState::kPaused;
    const uint64_t left =
        open && job.total_count > job.done_count ? job.total_count - job.done_count : 0;
    families.push_back(Family("cardvault_reencryption_rows_left", "Rows to move, an estimate.",
                              MetricType::Gauge, static_cast<double>(left)));
    if (keyring.ok()) families.push_back(SecondsLeft(**keyring));
    return families;
  }

 private:
  prometheus::MetricFamily SecondsLeft(const Keyring& keyring) const {
    prometheus::MetricFamily family;
    family.name = "cardvault_key_seconds_left";
    family.help = "Until the version that encrypts stops to.";
    family.type = prometheus::MetricType::Gauge;
    for (const KeyVersionInfo& key : keyring.Inventory()) {
      if (!CanEncrypt(key.state) || key.use_end == absl::InfiniteFuture()) continue;
      prometheus::ClientMetric metric;
      metric.label.push_back({"purpose", std::string(PurposeName(key.purpose))});
      metric.gauge.value = absl::ToDoubleSeconds(key.use_end - parts_.clock.Now());
      family.metric.push_back(std::move(metric));
    }
    return family;
  }

  const Metrics::Parts parts_;
};

class LogMetrics final : public prometheus::Collectable {
 public:
  explicit LogMetrics(const Metrics::Parts& parts) : parts_(parts) {}

  std::vector<prometheus::MetricFamily> Collect() const override {
    using prometheus::MetricType;
    const CheckpointState state = parts_.checkpointer.GetState();
    std::vector<prometheus::MetricFamily> families;
    families.push_back(Family("cardvault_audit_entries", "Entries of the audit log.",
                              MetricType::Gauge, static_cast<double>(state.entry_count)));
    families.push_back(Family("cardvault_audit_unsigned_entries",
                              "Entries of the audit log that no checkpoint covers yet.",
                              MetricType::Gauge,
                              static_cast<double>(state.entry_count - state.signed_size)));
    families.push_back(Family(
        "cardvault_audit_failing", "Whether the audit log cannot be written as it must be.",
        MetricType::Gauge, !state.is_store_failing && parts_.log_health.Check().ok() ? 0 : 1));
    families.push_back(Sinks(state));
    return families;
  }

 private:
  static prometheus::MetricFamily Sinks(const CheckpointState& state) {
    prometheus::MetricFamily family;
    family.name = "cardvault_audit_sink_failing";
    family.help = "Whether a sink takes no checkpoints.";
    family.type = prometheus::MetricType::Gauge;
    for (size_t i = 0; i < state.sinks.size(); ++i) {
      prometheus::ClientMetric metric;
      metric.label.push_back({"sink", state.sinks[i].name});
      metric.gauge.value = state.sinks[i].status.ok() ? 0 : 1;
      family.metric.push_back(std::move(metric));
    }
    return family;
  }

  const Metrics::Parts parts_;
};

}  // namespace

class Metrics::Impl final {
 public:
  Impl(const std::string& address, const Parts& parts)
      : exposer_(address, kThreadCount),
        payments_(std::make_shared<PaymentMetrics>(parts.payments)),
        keys_(std::make_shared<KeyMetrics>(parts)),
        log_(std::make_shared<LogMetrics>(parts)) {
    exposer_.RegisterCollectable(payments_);
    exposer_.RegisterCollectable(keys_);
    exposer_.RegisterCollectable(log_);
  }

  int port() const { return exposer_.GetListeningPorts().front(); }

 private:
  prometheus::Exposer exposer_;
  const std::shared_ptr<PaymentMetrics> payments_;
  const std::shared_ptr<KeyMetrics> keys_;
  const std::shared_ptr<LogMetrics> log_;
};

std::unique_ptr<Metrics> Metrics::Start(const std::string& address, const Parts& parts) {
  try {  // the library throws; nothing of it leaves this function
    return std::unique_ptr<Metrics>(new Metrics(std::make_unique<Impl>(address, parts)));
  } catch (const std::exception&) {
    return nullptr;
  }
}

Metrics::Metrics(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Metrics::~Metrics() = default;

int Metrics::port() const { return impl_->port(); }

}  // namespace cardvault
