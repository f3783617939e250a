#ifndef CARDVAULT_TOKENIZER_REQUEST_DIGEST_H_
#define CARDVAULT_TOKENIZER_REQUEST_DIGEST_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "keys/mac_key.h"
#include "tokenizer/tokenize_request.h"

namespace cardvault {

// What makes two requests under one request_id "the same": an HMAC under the request-digest key
// over a listed set of fields, each preceded by its name, all length-prefixed. The CVV, and
// whether there was one, is in no list. The list is docs/formats/card_record.md's; another list is
// another format, and a recorded digest is compared under the format that it was made in.
inline constexpr uint32_t kDigestFormat = 1;

// 32 bytes. Thread-safe.
std::string TokenizeDigest(const MacKey& mac, const TokenizeInput& input);
std::string ReplacePanDigest(const MacKey& mac, const ReplacePanInput& input);

// Compares in constant time.
bool SameDigest(absl::string_view a, absl::string_view b);

}  // namespace cardvault

#endif  // CARDVAULT_TOKENIZER_REQUEST_DIGEST_H_
