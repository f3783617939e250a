#ifndef CARDVAULT_AUDIT_AUDIT_LEAF_H_
#define CARDVAULT_AUDIT_AUDIT_LEAF_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "audit/action.h"
#include "base/error_reason.h"

namespace cardvault {

// Who did it, as the transport knows: never a caller's free text.
struct AuditOrigin {
  std::string principal;  // the certificate's URI; "cardvaultd" for the process itself; "" unknown
  std::string role;       // the role under which the call was allowed, "" when none
  std::string address;    // "ip:port" of the peer, "" for the process itself
  // The id of the approved change that this is an effect of, "" when it is none.
  std::string change = {};
};

// Bounds of an entry's strings, in bytes.
inline constexpr size_t kMaxPrincipalSize = 512;  // a SPIFFE id with a long trust domain
inline constexpr size_t kMaxRoleSize = 64;
inline constexpr size_t kMaxAddressSize = 128;  // an IPv6 address with zone and port, or a path
inline constexpr size_t kMaxObjectSize = 128;
inline constexpr size_t kMaxChangeIdSize = 16;

// One audit entry as its writer makes it; sequence and times are put in by the commit pipeline.
// Holds no digit of a card, no fingerprint and no free text of a caller.
struct AuditLeaf {
  AuditAction action;
  AuditOutcome outcome = AuditOutcome::kSuccess;
  ErrorReason reason = ErrorReason::kUnspecified;
  AuditOrigin origin = {};
  // A token's text, a payment's audit reference, a route name, a keyring revision: ids of ours and
  // operators' names.
  std::string object = {};
  // The version of the key that sealed or opened, 0 when none.
  uint32_t key_version = 0;
  // How many happenings the entry stands for (bounded refusals, sweeps).
  uint32_t count = 1;
};

// INTERNAL for a leaf that cannot stand in the log: a number that is no action or outcome, a string
// beyond its bound or with anything but printable ASCII, a count of 0.
absl::Status CheckLeaf(const AuditLeaf& leaf);

// A leaf with its place in the log.
struct AuditEntry {
  uint64_t sequence = 0;  // from 0, without gaps
  absl::Time time;
  absl::Duration since_boot;
  AuditLeaf leaf;
};

// The bytes that are stored and hashed (RFC 6962 leaf input), byte by byte in
// docs/formats/audit_log.md. Format version 2 for effects of approved changes, else 1. Times are cut
// to microseconds. The leaf must pass CheckLeaf.
std::string EncodeEntry(const AuditEntry& entry);

// DATA_LOSS for bytes that EncodeEntry cannot have made.
absl::StatusOr<AuditEntry> DecodeEntry(absl::string_view bytes);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_AUDIT_LEAF_H_
