#ifndef CARDVAULT_KEYS_CUSTODY_ENVELOPE_TAG_H_
#define CARDVAULT_KEYS_CUSTODY_ENVELOPE_TAG_H_

#include <openssl/cms.h>

#include <cstddef>

namespace cardvault {

// How many bytes of an authentication tag a CMS AuthEnvelopedData (RFC 5083) has, which OpenSSL
// does not say; 0 when there is none. Thread-safe.
size_t EnvelopeTagSize(const CMS_ContentInfo* cms);

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_CUSTODY_ENVELOPE_TAG_H_
