#ifndef CARDVAULT_FORWARDER_OUTBOUND_ESCAPE_DECODER_H_
#define CARDVAULT_FORWARDER_OUTBOUND_ESCAPE_DECODER_H_

#include <vector>

#include "forwarder/outbound/text_reading.h"

namespace cardvault {

// Undoes one layer of escapes and appends how the text then reads:
// - of these kinds at once: URL (%34, %u0034), JSON, JavaScript and C (\u0034, \u{34}, \x34,
// \x{34},
//   \064, \", \\, \/, \n), HTML (&#52; &#x34; with or without the semicolon, &amp; &quot; &apos;
//   &lt; &gt;; any other name, &nbsp; for one, is a space);
// - of quoted-printable (=34, and lines that go on behind "="): by itself, because in most texts a
//   '=' stands before a value.
// Nothing is appended for a kind that is not there. Thread-safe.
void DecodeEscapes(const TextReading& reading, std::vector<TextReading>& out);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_ESCAPE_DECODER_H_
