#ifndef CARDVAULT_FORWARDER_OUTBOUND_TEXT_READING_H_
#define CARDVAULT_FORWARDER_OUTBOUND_TEXT_READING_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/strings/string_view.h"
#include "base/access/secret_buffer.h"

namespace cardvault {

// A stretch of bytes of an original text.
struct TextRange {
  uint32_t begin = 0;
  uint32_t end = 0;
};

// How a text reads after some decoding, and for each byte where in the original it comes from.
// In secret memory: it may spell a card number. Move-only. Not thread-safe.
class TextReading final {
 public:
  // The text as it stands.
  static TextReading Of(absl::string_view original);

  TextReading() = default;

  absl::string_view text() const ABSL_ATTRIBUTE_LIFETIME_BOUND { return text_.View(); }
  size_t size() const { return places_.size(); }

  // Where the bytes [begin, end) come from; begin < end.
  TextRange PlaceOf(size_t begin, size_t end) const {
    return {places_[begin].begin, places_[end - 1].end};
  }

  void Append(char c, TextRange place) {
    text_.Append(c);
    places_.push_back(place);
  }

 private:
  SecretBuffer text_;
  std::vector<TextRange> places_;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_TEXT_READING_H_
