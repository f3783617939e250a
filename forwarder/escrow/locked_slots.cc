#include "forwarder/escrow/locked_slots.h"

#include <openssl/crypto.h>
#include <sys/mman.h>

#include <cstring>

#include "base/check.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {

absl::StatusOr<std::unique_ptr<LockedSlots>> LockedSlots::Create(size_t slot_count,
                                                                 size_t slot_size) {
  CV_CHECK(slot_count > 0 && slot_size > 0);
  const size_t size = slot_count * slot_size;
  void* const memory =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    return Internal(ErrorReason::kInternal, "no memory for the CVV escrow");
  }
  if (mlock(memory, size) != 0) {
    munmap(memory, size);
    return Internal(ErrorReason::kInternal,
                    "the CVV escrow's memory cannot be locked: raise RLIMIT_MEMLOCK");
  }
  // Beside RLIMIT_CORE=0 of the process; neither call can fail on such memory.
  CV_CHECK(madvise(memory, size, MADV_DONTDUMP) == 0);
  CV_CHECK(madvise(memory, size, MADV_WIPEONFORK) == 0);
  return std::unique_ptr<LockedSlots>(
      new LockedSlots(static_cast<char*>(memory), slot_count, slot_size));
}

LockedSlots::LockedSlots(char* memory, size_t slot_count, size_t slot_size)
    : memory_(memory), slot_count_(slot_count), slot_size_(slot_size) {
  free_.reserve(slot_count);
  for (size_t i = slot_count; i > 0; --i) free_.push_back(static_cast<Slot>(i - 1));
}

LockedSlots::~LockedSlots() {
  OPENSSL_cleanse(memory_, slot_count_ * slot_size_);
  munmap(memory_, slot_count_ * slot_size_);  // unlocks too
}

LockedSlots::Slot LockedSlots::Put(absl::string_view bytes) {
  CV_CHECK(bytes.size() == slot_size_ && !free_.empty());
  const Slot slot = free_.back();
  free_.pop_back();
  std::memcpy(Mutable(slot), bytes.data(), slot_size_);
  return slot;
}

absl::string_view LockedSlots::View(Slot slot) const {
  CV_CHECK(slot < slot_count_);
  return absl::string_view(memory_ + slot * slot_size_, slot_size_);
}

char* LockedSlots::Mutable(Slot slot) {
  CV_CHECK(slot < slot_count_);
  return memory_ + slot * slot_size_;
}

void LockedSlots::Wipe(Slot slot) {
  OPENSSL_cleanse(Mutable(slot), slot_size_);
  free_.push_back(slot);
}

}  // namespace cardvault
