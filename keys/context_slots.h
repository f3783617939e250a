#ifndef CARDVAULT_KEYS_CONTEXT_SLOTS_H_
#define CARDVAULT_KEYS_CONTEXT_SLOTS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>

namespace cardvault {

// More threads than this at once in one key is rare: handlers and the commit thread number about
// as many as the machine has cores. A thread that finds its slot empty makes a context of its own
// for the call, which costs three to four times as much as the operation and is otherwise correct.
inline constexpr size_t kContextSlotCount = 32;

// A small number for the calling thread, given out in order of first use: neighbours in time get
// different slots.
size_t ThreadSlot();

// The keyed contexts of one key, at most one idle per thread slot. They live in the key and not in
// thread-local storage, so that they die with it: when the last reader lets go of a key, every
// copy of its schedule is cleansed, on whichever thread it was used, and idle threads keep none.
// `Deleter` cleanses and frees (OpenSSL's *_CTX_free does). Thread-safe without locks.
template <typename Context, typename Deleter>
class ContextSlots final {
 public:
  using Owned = std::unique_ptr<Context, Deleter>;

  ContextSlots() = default;
  ContextSlots(const ContextSlots&) = delete;
  ContextSlots& operator=(const ContextSlots&) = delete;
  ~ContextSlots() {
    for (Slot& slot : slots_) Owned(slot.context.load(std::memory_order_acquire));
  }

  // The calling thread's context, or null when it has none or another thread is using it.
  Owned Take() {
    return Owned(slots_[ThreadSlot()].context.exchange(nullptr, std::memory_order_acquire));
  }

  // Keeps the context for the thread's next call; frees it when the slot was filled meanwhile.
  void Put(Owned context) {
    Context* empty = nullptr;
    if (slots_[ThreadSlot()].context.compare_exchange_strong(
            empty, context.get(), std::memory_order_release, std::memory_order_relaxed)) {
      context.release();  // NOLINT(bugprone-unused-return-value): the slot has it
    }
  }

 private:
  struct alignas(64) Slot {  // a cache line each
    std::atomic<Context*> context{nullptr};
  };
  std::array<Slot, kContextSlotCount> slots_;
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_CONTEXT_SLOTS_H_
