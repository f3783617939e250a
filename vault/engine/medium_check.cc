#include "vault/engine/medium_check.h"

#include <memory>

#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

// Opening writes out what the write buffers held. With less room than this beyond them it is not
// tried: where it is for a repair, reads go on.
constexpr uint64_t kReserveBytes = uint64_t{16} << 20;

}  // namespace

absl::Status CheckFreeSpace(rocksdb::FileSystem& files, const std::string& path,
                            uint64_t buffered_bytes) {
  uint64_t free_bytes = 0;
  const rocksdb::IOStatus known =
      files.GetFreeSpace(path, rocksdb::IOOptions(), &free_bytes, nullptr);
  if (!known.ok() || free_bytes >= buffered_bytes + kReserveBytes) return absl::OkStatus();
  return Unavailable(ErrorReason::kAuditUnavailable,
                     "the volume of the data directory has too little free space: 16 MiB at least, "
                     "beside what the write buffers hold");
}

absl::Status CheckMedium(rocksdb::FileSystem& files, const std::string& path,
                         uint64_t buffered_bytes) {
  const rocksdb::IOOptions io;
  RETURN_IF_ERROR(CheckFreeSpace(files, path, buffered_bytes));
  const absl::Status failed =
      Unavailable(ErrorReason::kAuditUnavailable, "the data store cannot be written");
  const std::string name = path + "/medium.dbtmp";  // RocksDB removes stale *.dbtmp
  std::unique_ptr<rocksdb::FSWritableFile> file;
  if (!files.NewWritableFile(name, rocksdb::FileOptions(), &file, nullptr).ok()) return failed;
  const bool taken = file->Append("medium", io, nullptr).ok() && file->Fsync(io, nullptr).ok() &&
                     file->Close(io, nullptr).ok();
  file.reset();
  files.DeleteFile(name, io, nullptr).PermitUncheckedError();
  return taken ? absl::OkStatus() : failed;
}

}  // namespace cardvault
