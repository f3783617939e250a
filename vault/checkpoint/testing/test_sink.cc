#include "vault/checkpoint/testing/test_sink.h"

#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

absl::Status AsTheTestSays() {
  return Unavailable(ErrorReason::kAuditUnavailable, "as the test says");
}

}  // namespace

std::vector<std::string> TestSink::State::Notes() const {
  absl::MutexLock lock(&mutex_);
  return notes_;
}

void TestSink::State::Fail(bool fails) {
  absl::MutexLock lock(&mutex_);
  fails_ = fails;
}

void TestSink::State::FailProbe(bool fails) {
  absl::MutexLock lock(&mutex_);
  fails_probe_ = fails;
}

void TestSink::State::Hang(bool hangs) {
  absl::MutexLock lock(&mutex_);
  hangs_ = hangs;
}

void TestSink::State::LetOneGo() {
  absl::MutexLock lock(&mutex_);
  ++free_;
  is_hanging_ = false;
}

void TestSink::State::AwaitHanging() const {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&is_hanging_));
}

absl::Status TestSink::Append(absl::string_view note) {
  absl::MutexLock lock(&state_->mutex_);
  state_->is_hanging_ = true;
  state_->mutex_.Await(absl::Condition(state_.get(), &State::MayGoOn));
  if (state_->hangs_) --state_->free_;
  state_->is_hanging_ = false;
  if (state_->fails_) return AsTheTestSays();
  state_->notes_.emplace_back(note.data(), note.size());
  return absl::OkStatus();
}

absl::Status TestSink::Probe() {
  absl::MutexLock lock(&state_->mutex_);
  return state_->fails_probe_ ? AsTheTestSays() : absl::OkStatus();
}

}  // namespace cardvault
