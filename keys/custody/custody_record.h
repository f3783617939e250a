#ifndef CARDVAULT_KEYS_CUSTODY_CUSTODY_RECORD_H_
#define CARDVAULT_KEYS_CUSTODY_CUSTODY_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace cardvault {

// The only format version there is.
inline constexpr uint32_t kCustodyFormatVersion = 1;

// A record is refused above this size before it is parsed: sixteen custodians take 5 KiB.
inline constexpr size_t kMaxCustodyRecordSize = size_t{16} << 10;

// Who holds the shares of a KEK: what the vault keeps, in the clear, of a ceremony. It can be read
// while the vault is sealed, and nothing in it helps to find a share or the KEK. Nothing
// authenticates it either while the vault is sealed: who can write it can keep the vault from being
// unsealed, and gains no share by it. Thread-compatible.
struct CustodyRecord {
  struct Custodian {
    std::string identity;
    std::string certificate_sha256;  // of what his share was sealed to, 32 bytes
    std::string commitment;          // keys/custody/share_commitment.h, 32 bytes
    std::optional<absl::Time> acknowledge_time;
  };

  std::string vault_id;
  uint32_t generation = 1;  // which of the vault's KEKs
  std::string kek_id;       // kKekIdSize bytes
  std::string check_value;  // of the KEK, 6 hexadecimal digits
  uint32_t threshold = 0;
  absl::Time create_time;
  std::vector<Custodian> custodians;  // the first has index 1
};

std::string SerializeCustodyRecord(const CustodyRecord& record);

// DATA_LOSS when the bytes are no record of a known version, or one that cannot be: numbers that
// are no split knowledge, one name, certificate or commitment twice.
absl::StatusOr<CustodyRecord> ParseCustodyRecord(absl::string_view bytes);

// What the keyring document binds of a record (32 bytes): all but the acknowledgements, which are
// added while the vault is sealed. SHA-256 over, each with its length in four bytes before it,
// "cardvault custody record v1", vault id, KEK id, check value, generation and threshold (4 bytes
// each, big-endian), create time (8 bytes, microseconds), and of each custodian identity,
// certificate's digest and commitment.
std::string CustodyRecordDigest(const CustodyRecord& record);

// Enters that the custodian acknowledged his duties (K9). Again changes nothing: the first time
// stays. NOT_FOUND (NOT_FOUND) when he is not one of the record's.
absl::Status Acknowledge(CustodyRecord& record, absl::string_view custodian, absl::Time now);

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_CUSTODY_CUSTODY_RECORD_H_
