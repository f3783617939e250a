#include "server/metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>

#include <exception>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/log.h"

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

}  // namespace

class Metrics::Impl final {
 public:
  Impl(const std::string& address, const Payments& payments)
      : exposer_(address, kThreadCount), payments_(std::make_shared<PaymentMetrics>(payments)) {
    exposer_.RegisterCollectable(payments_);
  }

  int port() const { return exposer_.GetListeningPorts().front(); }

 private:
  prometheus::Exposer exposer_;
  const std::shared_ptr<PaymentMetrics> payments_;
};

std::unique_ptr<Metrics> Metrics::Start(const std::string& address, const Payments& payments) {
  try {  // the library throws; nothing of it leaves this function
    return std::unique_ptr<Metrics>(new Metrics(std::make_unique<Impl>(address, payments)));
  } catch (const std::exception&) {
    return nullptr;
  }
}

Metrics::Metrics(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Metrics::~Metrics() = default;

int Metrics::port() const { return impl_->port(); }

}  // namespace cardvault
