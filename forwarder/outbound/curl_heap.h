#ifndef CARDVAULT_FORWARDER_OUTBOUND_CURL_HEAP_H_
#define CARDVAULT_FORWARDER_OUTBOUND_CURL_HEAP_H_

#include <cstddef>

#include "absl/status/status.h"

namespace cardvault {

// libcurl copies a request's body into an upload buffer of its own (16 KiB, one to a transfer) and
// keeps it there, sent long since, until the transfer ends. So this gives libcurl its memory: large
// blocks are known and cleansed when libcurl frees them, and what a block holds can be cleansed
// while libcurl still has it. Thread-safe.
class CurlHeap final {
 public:
  // Initialises libcurl for the process, with this heap, once. INTERNAL when it fails, or something
  // else has initialised libcurl before.
  static absl::Status Install();

  // Cleanses `size` bytes at `place`, which libcurl once passed to a callback, unless it has freed
  // the block that they lie in (and thereby cleansed it).
  static void CleanseIfHeld(char* place, size_t size);

  // How many large blocks libcurl holds now; for tests.
  static size_t large_block_count();
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_CURL_HEAP_H_
