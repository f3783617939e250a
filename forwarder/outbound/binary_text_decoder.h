#ifndef CARDVAULT_FORWARDER_OUTBOUND_BINARY_TEXT_DECODER_H_
#define CARDVAULT_FORWARDER_OUTBOUND_BINARY_TEXT_DECODER_H_

#include <vector>

#include "forwarder/outbound/text_reading.h"

namespace cardvault {

// Decodes all runs of characters that can be base64 (either alphabet, line breaks inside allowed)
// from each of their four starting points, and all runs of hex (blanks, colons, commas or dashes
// inside allowed) from both of theirs, and appends how the text then reads, one run behind the
// other, if there is something to see in it: 12 bytes in a row, the size of the shortest card
// number, that are printable or NUL (UTF-16), or the name of a card verification code. Random bytes
// have the former once in 10^5 places. Appends at most six. Thread-safe.
void DecodeBinaryText(const TextReading& reading, std::vector<TextReading>& out);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_BINARY_TEXT_DECODER_H_
