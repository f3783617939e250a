#ifndef CARDVAULT_KEYS_LIVE_KEYS_H_
#define CARDVAULT_KEYS_LIVE_KEYS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "keys/aead_key.h"
#include "keys/kek_provider.h"
#include "keys/keyring.h"
#include "keys/keyring_document.h"
#include "keys/mac_key.h"
#include "keys/signing_key.h"
#include "keys/use_counter.h"

namespace cardvault {

// The unwrapped keys of a keyring document, one beside each entry of the same index, and the uses
// of them that are reserved and not taken. Thread-compatible; the counters are thread-safe.
class LiveKeys final {
 public:
  // `wake` is called, as UseCounter says, when half a block is left of a key.
  LiveKeys(uint64_t use_block, std::function<void()> wake);

  size_t size() const { return keys_.size(); }

  // Unwraps what the document has behind these keys, without uses, and appends it. On an error
  // nothing is appended. Errors as UnwrapKeyringEntry.
  absl::Status Append(const KeyringDocument& document, KekProvider& kek);

  // Lets go of the keys that the document says are destroyed.
  void ForgetDestroyed(const KeyringDocument& document);

  // Enters a block in `next` for each key that encrypts at `now` and has half of one left or less;
  // how many for each, empty when for none. GiveOut hands them out when `next` is saved.
  using Reservation = std::vector<uint64_t>;
  Reservation Reserve(absl::Time now, KeyringDocument& next) const;
  void GiveOut(const Reservation& reservation);
  // All that the entries from `first` on have reserved: of versions that were just made.
  void GiveOutFrom(size_t first, const KeyringDocument& document);

  // Takes what is left from the keys that are past their use_end.
  void EndExpired(absl::Time now, const KeyringDocument& document);

  // Whether half a block or less is left of a key that encrypts by the whole of its ceiling.
  bool IsUsedUp(size_t entry, const KeyringDocument& document) const;

  // Ends all and takes from `document` what was reserved and not taken. False: nothing was.
  bool GiveBack(KeyringDocument& document);

  std::shared_ptr<const Keyring> Snapshot(const KeyringDocument& document) const;

 private:
  struct Key {
    std::shared_ptr<const AeadKey> aead;  // one of the three, none when destroyed
    std::shared_ptr<const MacKey> mac;
    std::shared_ptr<const SigningKey> signing;
    std::shared_ptr<UseCounter> counter;  // of `aead`
  };

  const uint64_t use_block_;
  const std::function<void()> wake_;
  std::vector<Key> keys_;
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_LIVE_KEYS_H_
