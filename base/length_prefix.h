#ifndef CARDVAULT_BASE_LENGTH_PREFIX_H_
#define CARDVAULT_BASE_LENGTH_PREFIX_H_

#include <cstdint>
#include <initializer_list>
#include <string>

#include "absl/strings/string_view.h"

namespace cardvault {

// Joins parts so that no two different lists give the same bytes: each part is its length as four
// bytes big-endian, then its bytes. For associated data, MAC inputs and hashes; never for secrets
// (those go through SecretBuffer or straight into the MAC). Thread-safe.
std::string LengthPrefixed(std::initializer_list<absl::string_view> parts);
void AppendLengthPrefixed(std::string& out, absl::string_view part);

// Big-endian integers: row keys sort by number.
std::string BigEndian32(uint32_t value);
std::string BigEndian64(uint64_t value);
uint64_t ReadBigEndian64(absl::string_view eight_bytes);

}  // namespace cardvault

#endif  // CARDVAULT_BASE_LENGTH_PREFIX_H_
