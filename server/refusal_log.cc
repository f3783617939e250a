#include "server/refusal_log.h"

#include <utility>

#include "base/log.h"

namespace cardvault {
namespace {

std::string HostOf(const std::string& address) { return address.substr(0, address.rfind(':')); }

void LogIfLost(const CommitResult& result) {
  if (result.committed()) return;
  LogEvent(LogLevel::kError, "audit.refusal_not_written").With("status", result.status);
}

}  // namespace

RefusalLog::RefusalLog(CommitPipeline& pipeline, const Clock& clock)
    : pipeline_(pipeline), clock_(clock) {}

RefusalLog::~RefusalLog() { Flush(); }

void RefusalLog::Record(AuditLeaf leaf, absl::AnyInvocable<void() &&> then) {
  Tick();
  bool write = false;
  {
    absl::MutexLock lock(&mutex_);
    const std::string who =
        leaf.origin.principal.empty() ? HostOf(leaf.origin.address) : leaf.origin.principal;
    Line line{who, leaf.action, leaf.reason};
    if (counts_.size() >= kMaxRefusalLines && counts_.count(line) == 0) {
      line = Line{"", AuditAction::kCallRefused, ErrorReason::kUnspecified};
      leaf.origin = AuditOrigin{};
      leaf.object.clear();
    }
    Count& count = counts_[line];
    if (count.written < kRefusalsPerMinute) {
      ++count.written;
      write = true;
    } else {
      ++count.unwritten;
      count.example = leaf;
    }
  }
  if (!write) return std::move(then)();
  if (pipeline_.is_closed()) {
    pipeline_.HoldEntry(leaf);
    return std::move(then)();
  }
  WriteSet set;
  set.leaves.push_back(std::move(leaf));
  pipeline_.Submit(std::move(set), [then = std::move(then)](CommitResult result) mutable {
    LogIfLost(result);
    std::move(then)();
  });
}

void RefusalLog::Tick() {
  const int64_t minute = absl::ToInt64Minutes(clock_.SinceBoot());
  std::map<Line, Count> over;
  {
    absl::MutexLock lock(&mutex_);
    if (minute == minute_) return;
    minute_ = minute;
    over.swap(counts_);
  }
  WriteCounts(std::move(over));
}

void RefusalLog::Flush() {
  std::map<Line, Count> counts;
  {
    absl::MutexLock lock(&mutex_);
    counts.swap(counts_);
  }
  WriteCounts(std::move(counts));
}

void RefusalLog::WriteCounts(std::map<Line, Count> counts) {
  for (auto& [line, count] : counts) {
    if (count.unwritten == 0) continue;
    AuditLeaf leaf = std::move(count.example);
    leaf.object.clear();  // the entry stands for many objects
    leaf.count = count.unwritten;
    if (pipeline_.is_closed()) {
      pipeline_.HoldEntry(leaf);
      continue;
    }
    WriteSet set;
    set.leaves.push_back(std::move(leaf));
    pipeline_.Submit(std::move(set), LogIfLost);
  }
}

}  // namespace cardvault
