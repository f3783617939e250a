#ifndef CARDVAULT_VAULT_ENGINE_INFO_LOG_H_
#define CARDVAULT_VAULT_ENGINE_INFO_LOG_H_

#include <cstdarg>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "rocksdb/env.h"

namespace cardvault {

// RocksDB's own words, in the file LOG of a directory: warnings and errors. A line that cannot be
// written is lost and nothing else happens. RocksDB's own logger ends the process by an assertion
// (Debian's 7.8) at the line after one that failed, as on a volume that turned read-only.
// Thread-safe.
class InfoLog final : public rocksdb::Logger {
 public:
  // Above as much the file becomes LOG.old.
  static constexpr size_t kMaxSizeBytes = size_t{4} << 20;

  explicit InfoLog(const std::string& directory);
  ~InfoLog() override;

  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Write(absl::string_view text) ABSL_LOCKS_EXCLUDED(mutex_);
  void Open() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string path_;
  absl::Mutex mutex_;
  int fd_ ABSL_GUARDED_BY(mutex_) = -1;
  size_t size_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_ENGINE_INFO_LOG_H_
