#ifndef CARDVAULT_FORWARDER_OUTBOUND_WANTED_HEADERS_H_
#define CARDVAULT_FORWARDER_OUTBOUND_WANTED_HEADERS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "forwarder/outbound/message_headers.h"

namespace cardvault {

// Picks the headers that somebody wants out of an answer's head. When there are more of them than
// kMaxProofHeaders, or one is longer than kMaxProofHeaderSize, it has none at all: of several that
// contradict each other none may be left alone. Not thread-safe.
class WantedHeaders final {
 public:
  explicit WantedHeaders(std::vector<std::string> names) : names_(std::move(names)) {}

  // The next line, its end included. A status line begins anew, because interim answers have
  // headers of their own. What comes behind the empty line are trailers, which count for nothing.
  void AddLine(absl::string_view line);

  MessageHeaders Release() { return std::move(found_); }

 private:
  std::vector<std::string> names_;
  MessageHeaders found_;
  bool is_closed_ = false;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_WANTED_HEADERS_H_
