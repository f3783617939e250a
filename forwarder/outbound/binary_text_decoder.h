#ifndef CARDVAULT_FORWARDER_OUTBOUND_BINARY_TEXT_DECODER_H_
#define CARDVAULT_FORWARDER_OUTBOUND_BINARY_TEXT_DECODER_H_

#include <vector>

#include "forwarder/outbound/text_reading.h"

namespace cardvault {

// Decodes every run of characters that can be base64 (either alphabet, line breaks inside allowed)
// from each of its four starting points, and every run of hex from both of its own, and appends
// what then reads like text: 12 bytes in a row, the size of the shortest card number, that are
// printable or NUL (UTF-16). Random bytes do so once in 10^5 places. Thread-safe.
void DecodeBinaryText(const TextReading& reading, std::vector<TextReading>& out);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_BINARY_TEXT_DECODER_H_
