#ifndef CARDVAULT_FORWARDER_OUTBOUND_ESCAPE_DECODER_H_
#define CARDVAULT_FORWARDER_OUTBOUND_ESCAPE_DECODER_H_

#include <optional>

#include "forwarder/outbound/text_reading.h"

namespace cardvault {

// Undoes one layer of escapes, of all kinds at once: URL (%34, %u0034), JSON and JavaScript
// (\u0034, \x34, \", \\, \/, \n), HTML (&#52; &#x34; with or without the semicolon, &amp; &quot;
// &apos; &lt; &gt;; any other name, &nbsp; for one, is a space). nullopt when there was none.
// Thread-safe.
std::optional<TextReading> DecodeEscapes(const TextReading& reading);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_ESCAPE_DECODER_H_
