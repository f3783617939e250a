#ifndef CARDVAULT_FORWARDER_OUTBOUND_MESSAGE_HEADERS_H_
#define CARDVAULT_FORWARDER_OUTBOUND_MESSAGE_HEADERS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace cardvault {

inline constexpr size_t kMaxProofHeaders = 8;        // a proof reads three; some may come twice
inline constexpr size_t kMaxProofHeaderSize = 1024;  // bytes; HMAC-SHA-512 in hex has 128

// Names and values, in the order in which they came. Names are the same in any case.
using MessageHeaders = std::vector<std::pair<std::string, std::string>>;

// The value of a header; nullopt when it is missing, longer than kMaxProofHeaderSize, or there
// twice with different values. Valid as long as `headers`. Thread-safe.
std::optional<absl::string_view> FindHeader(const MessageHeaders& headers, absl::string_view name);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_MESSAGE_HEADERS_H_
