#ifndef CARDVAULT_FORWARDER_OUTBOUND_TESTING_MEMORY_SEARCH_H_
#define CARDVAULT_FORWARDER_OUTBOUND_TESTING_MEMORY_SEARCH_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace cardvault {

// Bytes to look for, kept in another form, so that the search does not find itself.
class MaskedNeedle final {
 public:
  explicit MaskedNeedle(absl::string_view bytes);

  size_t size() const { return masked_.size(); }
  unsigned char first() const;
  bool IsAt(const char* place) const;

 private:
  std::vector<unsigned char> masked_;
};

// How often the needles, all together, stand in the writable memory of this process.
size_t CountInOwnMemory(const std::vector<MaskedNeedle>& needles);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_TESTING_MEMORY_SEARCH_H_
