#ifndef CARDVAULT_SANDBOX_MEDIA_TYPE_H_
#define CARDVAULT_SANDBOX_MEDIA_TYPE_H_

#include <httplib.h>

namespace cardvault::sandbox {

// True when `request` has exactly one Content-Type header and it says application/json, with a
// charset of UTF-8 or none. Thread-safe.
bool IsJsonMediaType(const httplib::Request& request);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_MEDIA_TYPE_H_
