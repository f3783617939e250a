#include "vault/checkpoint/checkpointer.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "audit/checkpoint.h"
#include "audit/compact_range.h"
#include "audit/signed_note.h"
#include "base/error_reason.h"
#include "base/log.h"
#include "base/status.h"
#include "keys/key_purpose.h"
#include "keys/signing_key.h"
#include "vault/commit/kept_checkpoint.h"
#include "vault/commit/write_set.h"

namespace cardvault {
namespace {

// The key in force and the one before it: whoever knows only that one can follow.
constexpr size_t kMaxSigners = 2;

// A signing key of the keyring under the name of the log.
class LogSigner final : public NoteSigner {
 public:
  LogSigner(NoteKey key, std::shared_ptr<const SigningKey> signing)
      : key_(std::move(key)), signing_(std::move(signing)) {}

  const NoteKey& key() const override { return key_; }
  absl::StatusOr<Ed25519Signature> Sign(absl::string_view bytes) const override {
    return signing_->Sign(bytes);
  }

 private:
  const NoteKey key_;
  const std::shared_ptr<const SigningKey> signing_;
};

AuditLeaf SinkLeaf(const std::string& sink, const absl::Status& status) {
  AuditLeaf leaf{};
  leaf.action = status.ok() ? AuditAction::kCheckpointsResumed : AuditAction::kCheckpointsFailed;
  if (!status.ok()) {
    leaf.outcome = AuditOutcome::kFailed;
    leaf.reason = ReasonOf(status);
  }
  leaf.origin.principal = "cardvaultd";
  leaf.object = sink;
  return leaf;
}

}  // namespace

absl::StatusOr<std::vector<NoteKey>> CheckpointKeys(const Keyring& keyring,
                                                    absl::string_view origin) {
  std::vector<NoteKey> keys;
  for (const KeyVersionInfo& info : keyring.Inventory()) {
    if (!info.public_key.has_value()) continue;
    ASSIGN_OR_RETURN(NoteKey key, NoteKey::Make(origin, *info.public_key));
    keys.push_back(std::move(key));
  }
  return keys;
}

Checkpointer::Checkpointer(CommitPipeline& pipeline, const KeyringHolder& keyring,
                           const Clock& clock,
                           const std::vector<std::unique_ptr<SinkWriter>>& sinks, Options options)
    : pipeline_(pipeline),
      keyring_(keyring),
      clock_(clock),
      sinks_(sinks),
      options_(std::move(options)),
      faults_(sinks.size()) {
  absl::MutexLock lock(&mutex_);
  for (const std::unique_ptr<SinkWriter>& sink : sinks) {
    sink_states_.push_back({absl::StrCat(sink->kind(), " ", sink_states_.size() + 1), {}});
  }
}

Checkpointer::~Checkpointer() {
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void Checkpointer::Launch() {
  thread_ = std::thread([this] { Run(); });
}

void Checkpointer::Run() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&is_stopping_), options_.interval)) return;
    }
    Step();
  }
}

void Checkpointer::Step() {
  if (pipeline_.is_closed()) return;
  {
    absl::MutexLock lock(&mutex_);
    if (pipeline_.audit_entry_count() > signed_size_) {
      const absl::StatusOr<std::shared_ptr<const Keyring>> keyring = keyring_.Snapshot();
      signing_ = keyring.ok() ? Sign(**keyring).status() : keyring.status();
    }
  }
  LookAtSinks();
}

absl::StatusOr<std::string> Checkpointer::SignNow() {
  ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> keyring, keyring_.Snapshot());
  absl::MutexLock lock(&mutex_);
  return Sign(*keyring);
}

absl::StatusOr<std::string> Checkpointer::Sign(const Keyring& keyring) {
  // A checkpoint of what was lost would stand outside as if nothing had been.
  if (pipeline_.is_closed()) {
    return FailedPrecondition(ErrorReason::kNotAdmitted, "the store is not admitted");
  }
  const CompactRange tree = pipeline_.audit_tree();
  if (tree.size() == signed_size_ && !note_.empty()) return note_;
  std::vector<LogSigner> signers;
  for (const std::shared_ptr<const SigningKey>& signing : keyring.LiveSigningKeys()) {
    if (signers.size() == kMaxSigners) break;
    ASSIGN_OR_RETURN(NoteKey key, NoteKey::Make(options_.origin, signing->public_key()));
    signers.emplace_back(std::move(key), signing);
  }
  std::vector<const NoteSigner*> pointers;
  for (const LogSigner& signer : signers) pointers.push_back(&signer);
  ASSIGN_OR_RETURN(note_, SignCheckpoint({options_.origin, tree.size(), tree.Root()}, pointers));
  signed_size_ = tree.size();
  signed_time_ = clock_.Now();
  pipeline_.KeepCheckpoint({tree.size(), note_});
  for (const std::unique_ptr<SinkWriter>& sink : sinks_) sink->Write(note_);
  return note_;
}

// A sink's note is written or late by now, or it is asked by its own thread: nobody waits here for
// what hangs.
void Checkpointer::LookAtSinks() {
  for (size_t i = 0; i < sinks_.size(); ++i) {
    // A fault that healed meanwhile counts as one until its entry is in the log.
    if (const absl::Status fault = sinks_[i]->TakeFault(); !fault.ok()) faults_[i] = fault;
    absl::Status now = sinks_[i]->CheckWritten();
    if (now.ok()) now = faults_[i];
    std::string name;
    {
      absl::MutexLock lock(&mutex_);
      // What it did not take, or what is not there any more, is offered again while nothing is new.
      if (!note_.empty()) sinks_[i]->Offer(note_);
      if (now.ok() == sink_states_[i].status.ok()) {
        faults_[i] = absl::OkStatus();
        continue;
      }
      name = sink_states_[i].name;
    }
    LogEvent(now.ok() ? LogLevel::kInfo : LogLevel::kError, "audit.sink")
        .With("number", i + 1)
        .With("status", now);
    WriteSet set;
    set.leaves.push_back(SinkLeaf(name, now));
    // What could not be entered is entered the next time.
    if (!pipeline_.SubmitAndWait(std::move(set)).committed()) continue;
    faults_[i] = absl::OkStatus();
    absl::MutexLock lock(&mutex_);
    sink_states_[i].status = now;
  }
}

void Checkpointer::Stop(const std::shared_ptr<const Keyring>& keyring) {
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
  {
    absl::MutexLock lock(&mutex_);
    if (keyring != nullptr) signing_ = Sign(*keyring).status();
  }
  for (const std::unique_ptr<SinkWriter>& sink : sinks_) {
    const absl::Status flushed = sink->Flush();
    if (!flushed.ok()) LogEvent(LogLevel::kError, "audit.sink").With("status", flushed);
  }
}

CheckpointState Checkpointer::GetState() const {
  CheckpointState state;
  absl::MutexLock lock(&mutex_);
  state.entry_count = pipeline_.audit_entry_count();
  state.is_store_failing = pipeline_.is_failing();
  state.signed_size = signed_size_;
  state.signed_time = signed_time_;
  state.signing = signing_;
  state.sinks = sink_states_;
  return state;
}

}  // namespace cardvault
