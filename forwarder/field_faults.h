#ifndef CARDVAULT_FORWARDER_FIELD_FAULTS_H_
#define CARDVAULT_FORWARDER_FIELD_FAULTS_H_

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace cardvault {

// What is wrong with a request, gathered: a payment is refused for the first fault, a dry run names
// them all. Not thread-safe.
class FieldFaults final {
 public:
  // Notes `status` unless it is OK or noted already.
  void Add(absl::Status status) {
    if (status.ok() || std::find(faults_.begin(), faults_.end(), status) != faults_.end()) return;
    faults_.push_back(std::move(status));
  }

  const std::vector<absl::Status>& all() const { return faults_; }

  // OK when there is none.
  absl::Status First() const { return faults_.empty() ? absl::OkStatus() : faults_.front(); }

 private:
  std::vector<absl::Status> faults_;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_FIELD_FAULTS_H_
