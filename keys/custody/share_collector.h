#ifndef CARDVAULT_KEYS_CUSTODY_SHARE_COLLECTOR_H_
#define CARDVAULT_KEYS_CUSTODY_SHARE_COLLECTOR_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/secret_bytes.h"
#include "keys/custody/custody_record.h"
#include "keys/kek_provider.h"

namespace cardvault {

class KeyMaterial;

// A collected share is forgotten after this time: so long the custodians of a ceremony may take,
// and so long an abandoned one leaves shares in memory.
inline constexpr absl::Duration kShareLifetime = absl::Minutes(15);

// Wrong shares of one custodian until he alone is locked out, and for how long (P6; PCI DSS 8.3.4
// allows 10). Guessing a share is hopeless; this keeps a broken or hostile client to ten entries in
// the audit log. Counted in memory: a restart forgets it.
inline constexpr int kMaxShareFailures = 10;
inline constexpr absl::Duration kShareLockout = absl::Minutes(15);

// Takes the custodians' shares while the vault is sealed and gives the KEK when there are enough.
// Shares stand in the key heap meanwhile. Times are of the clock that counts from boot. Who submits
// is the caller's to prove (his client certificate), and so is the audit entry. Thread-safe.
class ShareCollector final {
 public:
  // `clock` outlives it.
  ShareCollector(CustodyRecord record, const Clock& clock);
  ~ShareCollector();
  ShareCollector(const ShareCollector&) = delete;
  ShareCollector& operator=(const ShareCollector&) = delete;

  struct Progress {
    uint32_t collected = 0;  // this one included
    uint32_t threshold = 0;
    // With the last share that was needed. The collector has forgotten all shares then, and starts
    // again should another come.
    std::unique_ptr<KekProvider> kek;
  };

  // One share from one custodian (kShareSize bytes). Errors, none of which changes what was
  // collected:
  // - PERMISSION_DENIED (POLICY): he is no custodian of this KEK, or the share is another
  //   custodian's; the latter counts as a failure;
  // - FAILED_PRECONDITION (POLICY): he has not acknowledged his duties (K9);
  // - RESOURCE_EXHAUSTED (RATE): he is locked out, and the share was not looked at;
  // - INVALID_ARGUMENT (FIELD_INVALID, field `share`): not a share, or not his of this KEK (of an
  //   earlier one, say); counts as a failure;
  // - ALREADY_EXISTS (FIELD_INVALID, field `share`): his right share is here already; no failure;
  // - RESOURCE_EXHAUSTED (LIMIT), INTERNAL (CRYPTO).
  // DATA_LOSS when there are enough shares and what they give is not the record's KEK: then all
  // are forgotten.
  absl::StatusOr<Progress> Submit(absl::string_view custodian, const SecretBytes& share)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether a custodian holds his share, of one who has not acknowledged yet too: takes nothing.
  // Errors and lock-outs as Submit, of which this is another way to guess.
  absl::Status Prove(absl::string_view custodian, const SecretBytes& share)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Forgets the share of one custodian, as if he had not submitted it.
  void Forget(absl::string_view custodian) ABSL_LOCKS_EXCLUDED(mutex_);

  // Forgets shares whose time is over. Submit and GetStatus do so too: to be called every minute
  // or so, so that what nobody asks for goes as well.
  void ForgetExpired() ABSL_LOCKS_EXCLUDED(mutex_);

  // A newer record: an acknowledgement, or another KEK, of which nothing was collected yet.
  // Lock-outs stay.
  void SetRecord(CustodyRecord record) ABSL_LOCKS_EXCLUDED(mutex_);

  struct CustodianStatus {
    std::string identity;
    bool acknowledged = false;
    bool submitted = false;
    absl::Duration locked_for = absl::ZeroDuration();  // from now on; 0 when he is not
  };
  struct Status {
    std::string check_value;
    uint32_t threshold = 0;
    uint32_t collected = 0;
    std::vector<CustodianStatus> custodians;  // in the record's order: n of them
  };
  Status GetStatus() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // What came from one custodian.
  struct Place {
    std::shared_ptr<const KeyMaterial> share;  // null: none
    absl::Duration expires = absl::ZeroDuration();
    int failures = 0;
    absl::Duration locked_until = absl::ZeroDuration();
  };

  // The custodian's place; size() of them for a stranger.
  size_t PlaceOf(absl::string_view custodian) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether the share is that of a place; counts failures and locks out.
  absl::Status Judge(size_t place, const SecretBytes& share, absl::Duration now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetExpiredBy(absl::Duration now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckShare(size_t place, const SecretBytes& share) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  uint32_t Collected() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::unique_ptr<KekProvider>> Combine() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Clock& clock_;
  absl::Mutex mutex_;
  CustodyRecord record_ ABSL_GUARDED_BY(mutex_);
  std::vector<Place> places_ ABSL_GUARDED_BY(mutex_);  // beside the record's custodians
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_CUSTODY_SHARE_COLLECTOR_H_
