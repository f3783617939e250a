#ifndef CARDVAULT_TESTS_FUZZ_FUZZ_INPUT_H_
#define CARDVAULT_TESTS_FUZZ_FUZZ_INPUT_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace cardvault::fuzz {

// What a fuzz target is given, as text.
inline absl::string_view InputOf(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Cuts `text` off up to the first newline, which is dropped; all of it when there is none.
inline absl::string_view TakeLine(absl::string_view& text) {
  const size_t end = text.find('\n');
  const absl::string_view line = text.substr(0, end);
  text = end == absl::string_view::npos ? absl::string_view() : text.substr(end + 1);
  return line;
}

}  // namespace cardvault::fuzz

#endif  // CARDVAULT_TESTS_FUZZ_FUZZ_INPUT_H_
