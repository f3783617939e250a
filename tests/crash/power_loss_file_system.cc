#include "tests/crash/power_loss_file_system.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace cardvault {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

constexpr uint64_t kPageSize = 4096;

// RocksDB's own log of what it does, written past this file system and of no use to a recovery.
bool IsInfoLog(const std::string& path) {
  return absl::StartsWith(std::filesystem::path(path).filename().string(), "LOG");
}

// RocksDB writes doubled slashes now and then.
std::string Normal(const std::string& path) {
  return std::filesystem::path(path).lexically_normal().string();
}

std::string FolderOf(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

void MoveFile(const std::string& from, const std::string& to) {
  std::error_code error;
  std::filesystem::rename(from, to, error);
  CV_CHECK(!error);
}

}  // namespace

class PowerLossFileSystem::File final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(PowerLossFileSystem& owner, std::string path, std::shared_ptr<Content> content,
       std::unique_ptr<rocksdb::FSWritableFile> target)
      : FSWritableFileOwnerWrapper(std::move(target)),
        owner_(owner),
        path_(std::move(path)),
        content_(std::move(content)) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  IODebugContext* debug) override {
    absl::MutexLock lock(&owner_.mutex_);
    if (IOStatus status = owner_.StartChange(); !status.ok()) return status;
    rocksdb::Slice part = data;
    const IOStatus fault = owner_.FaultOf(path_, /*is_sync=*/false);
    if (!fault.ok()) part = {data.data(), owner_.random_() % (data.size() + 1)};
    if (part.size() > 0) {
      IOStatus status = target()->Append(part, options, debug);
      if (!status.ok()) return status;
      content_->size += part.size();
    }
    return fault;
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo&, IODebugContext* debug) override {
    return Append(data, options, debug);
  }

  // For direct writes, which are not used.
  IOStatus PositionedAppend(const rocksdb::Slice&, uint64_t, const IOOptions&,
                            IODebugContext*) override {
    return IOStatus::NotSupported();
  }
  IOStatus PositionedAppend(const rocksdb::Slice&, uint64_t, const IOOptions&,
                            const rocksdb::DataVerificationInfo&, IODebugContext*) override {
    return IOStatus::NotSupported();
  }

  IOStatus Truncate(uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    absl::MutexLock lock(&owner_.mutex_);
    if (IOStatus status = owner_.StartChange(); !status.ok()) return status;
    IOStatus status = target()->Truncate(size, options, debug);
    if (!status.ok()) return status;
    content_->size = size;
    content_->synced_size = std::min(content_->synced_size, size);
    return status;
  }

  // Nothing is synced for real: what is safe is what this file system says is safe.
  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    absl::MutexLock lock(&owner_.mutex_);
    if (IOStatus status = owner_.StartChange(); !status.ok()) return status;
    if (IOStatus fault = owner_.FaultOf(path_, /*is_sync=*/true); !fault.ok()) return fault;
    content_->synced_size = content_->size;
    return IOStatus::OK();
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Sync(options, debug);
  }
  IOStatus RangeSync(uint64_t, uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();  // promises nothing
  }

 private:
  PowerLossFileSystem& owner_;
  const std::string path_;
  const std::shared_ptr<Content> content_;
};

class PowerLossFileSystem::Directory final : public rocksdb::FSDirectoryWrapper {
 public:
  Directory(PowerLossFileSystem& owner, std::string path,
            std::unique_ptr<rocksdb::FSDirectory> target)
      : FSDirectoryWrapper(std::move(target)), owner_(owner), path_(std::move(path)) {}

  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return owner_.SyncDirectory(path_); }
  IOStatus FsyncWithDirOptions(const IOOptions&, IODebugContext*,
                               const rocksdb::DirFsyncOptions&) override {
    return owner_.SyncDirectory(path_);
  }

 private:
  PowerLossFileSystem& owner_;
  const std::string path_;
};

PowerLossFileSystem::PowerLossFileSystem(std::string attic, uint64_t seed)
    : FileSystemWrapper(rocksdb::FileSystem::Default()), attic_(std::move(attic)), random_(seed) {}

void PowerLossFileSystem::CutPower() {
  absl::MutexLock lock(&mutex_);
  power_is_off_ = true;
}

void PowerLossFileSystem::CutPowerAtChange(uint64_t nth) {
  absl::MutexLock lock(&mutex_);
  cut_at_change_ = changes_ + nth;
}

bool PowerLossFileSystem::power_is_off() const {
  absl::MutexLock lock(&mutex_);
  return power_is_off_;
}

uint64_t PowerLossFileSystem::change_count() const {
  absl::MutexLock lock(&mutex_);
  return changes_;
}

uint64_t PowerLossFileSystem::forgotten_bytes() const {
  absl::MutexLock lock(&mutex_);
  return forgotten_bytes_;
}

void PowerLossFileSystem::Fail(Fault fault) {
  absl::MutexLock lock(&mutex_);
  fault_ = fault;
}

IOStatus PowerLossFileSystem::StartChange() {
  if (!power_is_off_ && ++changes_ == cut_at_change_) power_is_off_ = true;
  return power_is_off_ ? IOStatus::IOError("the power is off") : IOStatus::OK();
}

IOStatus PowerLossFileSystem::FaultOf(const std::string& path, bool is_sync) const {
  const bool fails = is_sync ? fault_.syncs : fault_.appends;
  if (!fails || (fault_.only_log_files && !absl::EndsWith(path, ".log"))) return IOStatus::OK();
  return fault_.no_space ? IOStatus::NoSpace("the test says so")
                         : IOStatus::IOError("the test says so");
}

std::shared_ptr<PowerLossFileSystem::Content>& PowerLossFileSystem::ContentOf(
    const std::string& path) {
  std::shared_ptr<Content>& content = contents_[path];
  if (content == nullptr) {
    // A file from before this file system: all of it is safe.
    content = std::make_shared<Content>();
    std::error_code error;
    const uint64_t size = std::filesystem::file_size(path, error);
    if (!error) *content = {size, size};
  }
  return content;
}

IOStatus PowerLossFileSystem::MoveToAttic(const std::string& path, Change& change) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return IOStatus::OK();
  change.attic_content = ContentOf(path);
  change.attic = absl::StrCat(attic_, "/", ++attic_files_);
  MoveFile(path, change.attic);
  contents_.erase(path);
  return IOStatus::OK();
}

IOStatus PowerLossFileSystem::NewWritableFile(const std::string& raw_path,
                                              const rocksdb::FileOptions& options,
                                              std::unique_ptr<rocksdb::FSWritableFile>* result,
                                              IODebugContext* debug) {
  const std::string path = Normal(raw_path);
  if (IsInfoLog(path)) return target()->NewWritableFile(path, options, result, debug);
  absl::MutexLock lock(&mutex_);
  if (IOStatus status = StartChange(); !status.ok()) return status;
  if (IOStatus fault = FaultOf(path, /*is_sync=*/false); !fault.ok()) return fault;
  Change change{Change::Kind::kCreated, path, "", "", nullptr};
  if (IOStatus status = MoveToAttic(path, change); !status.ok()) return status;
  std::unique_ptr<rocksdb::FSWritableFile> file;
  IOStatus status = target()->NewWritableFile(path, options, &file, debug);
  if (!status.ok()) return status;
  unsynced_changes_.push_back(std::move(change));
  auto content = std::make_shared<Content>();
  contents_[path] = content;
  *result = std::make_unique<File>(*this, path, std::move(content), std::move(file));
  return status;
}

IOStatus PowerLossFileSystem::ReopenWritableFile(const std::string& raw_path,
                                                 const rocksdb::FileOptions& options,
                                                 std::unique_ptr<rocksdb::FSWritableFile>* result,
                                                 IODebugContext* debug) {
  const std::string path = Normal(raw_path);
  absl::MutexLock lock(&mutex_);
  if (IOStatus status = StartChange(); !status.ok()) return status;
  std::unique_ptr<rocksdb::FSWritableFile> file;
  IOStatus status = target()->ReopenWritableFile(path, options, &file, debug);
  if (!status.ok()) return status;
  *result = std::make_unique<File>(*this, path, ContentOf(path), std::move(file));
  return status;
}

IOStatus PowerLossFileSystem::ReuseWritableFile(const std::string&, const std::string&,
                                                const rocksdb::FileOptions&,
                                                std::unique_ptr<rocksdb::FSWritableFile>*,
                                                IODebugContext*) {
  return IOStatus::NotSupported();  // log files are not recycled
}

IOStatus PowerLossFileSystem::NewRandomRWFile(const std::string&, const rocksdb::FileOptions&,
                                              std::unique_ptr<rocksdb::FSRandomRWFile>*,
                                              IODebugContext*) {
  return IOStatus::NotSupported();  // nothing is written in place
}

IOStatus PowerLossFileSystem::NewDirectory(const std::string& path, const IOOptions& options,
                                           std::unique_ptr<rocksdb::FSDirectory>* result,
                                           IODebugContext* debug) {
  std::unique_ptr<rocksdb::FSDirectory> directory;
  IOStatus status = target()->NewDirectory(path, options, &directory, debug);
  if (!status.ok()) return status;
  *result = std::make_unique<Directory>(*this, Normal(path), std::move(directory));
  return status;
}

IOStatus PowerLossFileSystem::DeleteFile(const std::string& raw_path, const IOOptions& options,
                                         IODebugContext* debug) {
  const std::string path = Normal(raw_path);
  if (IsInfoLog(path)) return target()->DeleteFile(path, options, debug);
  absl::MutexLock lock(&mutex_);
  if (IOStatus status = StartChange(); !status.ok()) return status;
  Change change{Change::Kind::kDeleted, path, "", "", nullptr};
  if (IOStatus status = MoveToAttic(path, change); !status.ok()) return status;
  if (change.attic.empty()) return IOStatus::PathNotFound("no such file");
  unsynced_changes_.push_back(std::move(change));
  return IOStatus::OK();
}

IOStatus PowerLossFileSystem::RenameFile(const std::string& raw_from, const std::string& raw_to,
                                         const IOOptions& options, IODebugContext* debug) {
  const std::string from = Normal(raw_from);
  const std::string to = Normal(raw_to);
  if (IsInfoLog(from)) return target()->RenameFile(from, to, options, debug);
  absl::MutexLock lock(&mutex_);
  if (IOStatus status = StartChange(); !status.ok()) return status;
  CV_CHECK(FolderOf(from) == FolderOf(to));
  Change change{Change::Kind::kRenamed, from, to, "", nullptr};
  if (IOStatus status = MoveToAttic(to, change); !status.ok()) return status;
  const std::shared_ptr<Content> content = ContentOf(from);
  IOStatus status = target()->RenameFile(from, to, options, debug);
  if (!status.ok()) return status;
  contents_[to] = content;
  contents_.erase(from);
  unsynced_changes_.push_back(std::move(change));
  return status;
}

IOStatus PowerLossFileSystem::LinkFile(const std::string&, const std::string&, const IOOptions&,
                                       IODebugContext*) {
  return IOStatus::NotSupported();
}

IOStatus PowerLossFileSystem::Truncate(const std::string&, size_t, const IOOptions&,
                                       IODebugContext*) {
  return IOStatus::NotSupported();
}

IOStatus PowerLossFileSystem::SyncDirectory(const std::string& path) {
  absl::MutexLock lock(&mutex_);
  if (IOStatus status = StartChange(); !status.ok()) return status;
  if (IOStatus fault = FaultOf(path, /*is_sync=*/true); !fault.ok()) return fault;
  std::vector<Change> others;
  for (Change& change : unsynced_changes_) {
    if (FolderOf(change.path) != path) {
      others.push_back(std::move(change));
    } else if (!change.attic.empty()) {
      std::filesystem::remove(change.attic);
    }
  }
  unsynced_changes_ = std::move(others);
  return IOStatus::OK();
}

void PowerLossFileSystem::Undo(const Change& change) {
  switch (change.kind) {
    case Change::Kind::kCreated:
      std::filesystem::remove(change.path);
      if (const auto gone = contents_.find(change.path); gone != contents_.end()) {
        forgotten_bytes_ += gone->second->size;
        contents_.erase(gone);
      }
      break;
    case Change::Kind::kDeleted:
      break;
    case Change::Kind::kRenamed:
      MoveFile(change.new_path, change.path);
      contents_[change.path] = contents_[change.new_path];
      contents_.erase(change.new_path);
      break;
  }
  if (change.attic.empty()) return;
  const std::string& place = change.kind == Change::Kind::kRenamed ? change.new_path : change.path;
  MoveFile(change.attic, place);
  contents_[place] = change.attic_content;
}

void PowerLossFileSystem::PunchPages(const std::string& path, const Content& content) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  CV_CHECK(file.good());
  uint64_t begin = content.synced_size;
  while (begin < content.size) {
    const uint64_t end = std::min((begin / kPageSize + 1) * kPageSize, content.size);
    if (random_() % 2 == 0) {
      file.seekp(static_cast<std::streamoff>(begin));
      file << std::string(end - begin, '\0');
      forgotten_bytes_ += end - begin;
    }
    begin = end;
  }
  CV_CHECK(file.flush().good());
}

void PowerLossFileSystem::RestorePower(Leaves leaves) {
  absl::MutexLock lock(&mutex_);
  size_t kept_changes = 0;
  if (leaves == Leaves::kEverything) kept_changes = unsynced_changes_.size();
  if (leaves == Leaves::kRandomPrefix) kept_changes = random_() % (unsynced_changes_.size() + 1);
  while (unsynced_changes_.size() > kept_changes) {
    Undo(unsynced_changes_.back());
    unsynced_changes_.pop_back();
  }
  for (const Change& change : unsynced_changes_) {
    if (!change.attic.empty()) std::filesystem::remove(change.attic);
  }
  unsynced_changes_.clear();
  for (auto& [path, content] : contents_) {
    uint64_t kept = content->synced_size;
    const uint64_t unsynced = content->size - content->synced_size;
    if (leaves == Leaves::kEverything) kept = content->size;
    if (leaves == Leaves::kRandomPages) {
      PunchPages(path, *content);
      kept = content->size;
    }
    if (leaves == Leaves::kRandomPrefix) kept += random_() % (unsynced + 1);
    if (kept < content->size) {
      std::filesystem::resize_file(path, kept);
      forgotten_bytes_ += content->size - kept;
    }
    *content = {kept, kept};
  }
  power_is_off_ = false;
  cut_at_change_ = 0;
}

}  // namespace cardvault
