#ifndef CARDVAULT_SERVER_SERVING_STATE_H_
#define CARDVAULT_SERVER_SERVING_STATE_H_

#include <cstdint>
#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace cardvault {

// Why the server does less than its whole work. Several may hold at once; one that comes first here
// is what a caller hears of first.
enum class Restriction : uint32_t {
  kSealed = 1u << 0,            // the keyring is not open
  kConfigUnapproved = 1u << 1,  // the configuration is not the one that was approved
  // The audit log cannot be written as it must be (LogHealth). Check lets calls pass: commits are
  // refused where they are made, reads go on, and so does what makes things safer.
  kLogFailing = 1u << 2,
  kNotAdmitted = 1u << 3,  // the store was restored, or lost something: vault/admission
};

// A set of restrictions. Thread-compatible.
class Restrictions final {
 public:
  constexpr Restrictions() = default;      // none
  constexpr Restrictions(Restriction one)  // NOLINT(google-explicit-constructor)
      : bits_(static_cast<uint32_t>(one)) {}
  // Every one that there is, and that there ever will be.
  static constexpr Restrictions All() { return Restrictions(~0u); }

  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool Has(Restriction one) const { return (bits_ & static_cast<uint32_t>(one)) != 0; }
  friend constexpr Restrictions operator|(Restrictions a, Restrictions b) {
    return Restrictions(a.bits_ | b.bits_);
  }
  friend constexpr Restrictions operator-(Restrictions a, Restrictions b) {
    return Restrictions(a.bits_ & ~b.bits_);
  }
  friend constexpr bool operator==(Restrictions a, Restrictions b) { return a.bits_ == b.bits_; }

 private:
  explicit constexpr Restrictions(uint32_t bits) : bits_(bits) {}

  uint32_t bits_ = 0;
};

// What the server may do now. Thread-safe.
class ServingState final {
 public:
  explicit ServingState(Restrictions restrictions) : restrictions_(restrictions) {}

  void Impose(Restriction restriction) ABSL_LOCKS_EXCLUDED(mutex_);
  void Lift(Restriction restriction) ABSL_LOCKS_EXCLUDED(mutex_);
  Restrictions Current() const ABSL_LOCKS_EXCLUDED(mutex_);

  // OK for what is served under all of the present restrictions; else FAILED_PRECONDITION
  // (NOT_ADMITTED, CONFIG_UNAPPROVED, VAULT_SEALED).
  absl::Status Check(Restrictions served_under) const ABSL_LOCKS_EXCLUDED(mutex_);

  // "serving", or the first restriction: "not-admitted", "config-unapproved", "sealed",
  // "log-failing".
  absl::string_view Name() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Tells `observer` whether nothing restricts the server, at once and at each change, one at a
  // time; it must not block or call back. Null: nobody, and who was is not called any more.
  void Observe(std::function<void(bool is_serving)> observer) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Set(Restrictions restrictions) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  Restrictions restrictions_ ABSL_GUARDED_BY(mutex_);
  std::function<void(bool)> observer_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_SERVING_STATE_H_
