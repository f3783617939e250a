#ifndef CARDVAULT_FORWARDER_ESCROW_LOCKED_SLOTS_H_
#define CARDVAULT_FORWARDER_ESCROW_LOCKED_SLOTS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace cardvault {

// Places of one fixed size in memory that is never swapped out, never part of a core dump and
// empty in a forked child. All of it is locked when it is made, so that no later deposit can fail
// for want of locked memory. Not thread-safe.
class LockedSlots final {
 public:
  using Slot = uint32_t;

  // INTERNAL when the memory cannot be had or locked (RLIMIT_MEMLOCK).
  static absl::StatusOr<std::unique_ptr<LockedSlots>> Create(size_t slot_count, size_t slot_size);

  LockedSlots(const LockedSlots&) = delete;
  LockedSlots& operator=(const LockedSlots&) = delete;
  ~LockedSlots();  // wipes all

  size_t free_count() const { return free_.size(); }

  // Copies `bytes`, as many as a slot has, into a free slot. There must be one.
  Slot Put(absl::string_view bytes);

  // Valid until the slot is wiped.
  absl::string_view View(Slot slot) const ABSL_ATTRIBUTE_LIFETIME_BOUND;

  // Cleanses the slot and makes it free.
  void Wipe(Slot slot);

 private:
  LockedSlots(char* memory, size_t slot_count, size_t slot_size);
  char* Mutable(Slot slot);

  char* const memory_;
  const size_t slot_count_;
  const size_t slot_size_;
  std::vector<Slot> free_;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_ESCROW_LOCKED_SLOTS_H_
