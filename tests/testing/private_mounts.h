#ifndef CARDVAULT_TESTS_TESTING_PRIVATE_MOUNTS_H_
#define CARDVAULT_TESTS_TESTING_PRIVATE_MOUNTS_H_

#include <cstddef>
#include <string>

namespace cardvault::testing {

// Gives this process, and those that it starts, mounts of its own, so that a test can fill a small
// volume, or turn one read-only, without touching the machine's. To be called first before the
// process has a second thread (SetUpTestSuite). "", or what the machine denies where neither root's
// rights nor user namespaces are to be had: a test skips then, and says so.
std::string EnterPrivateMounts();

// A volume in memory that is mounted over an empty directory until the object dies. Not
// thread-safe.
class MemoryVolume final {
 public:
  // EnterPrivateMounts has answered "". Dies when it cannot be mounted.
  MemoryVolume(std::string path, size_t size_bytes);
  ~MemoryVolume();
  MemoryVolume(const MemoryVolume&) = delete;
  MemoryVolume& operator=(const MemoryVolume&) = delete;

  size_t free_bytes() const;
  // Makes, or changes, a file `FILLER` that leaves so much room.
  void FillBut(size_t free_bytes);
  void Empty();  // takes it away

 private:
  std::string filler() const { return path_ + "/FILLER"; }

  const std::string path_;
};

// A file that cannot be written by its path any more, as on a volume that was mounted read-only,
// until the object dies: it is mounted over itself. Not thread-safe.
class ReadOnlyFile final {
 public:
  explicit ReadOnlyFile(std::string path);
  ~ReadOnlyFile();
  ReadOnlyFile(const ReadOnlyFile&) = delete;
  ReadOnlyFile& operator=(const ReadOnlyFile&) = delete;

 private:
  const std::string path_;
};

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_TESTING_PRIVATE_MOUNTS_H_
