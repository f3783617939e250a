#include "base/length_prefix.h"

#include <limits>

#include "base/check.h"

namespace cardvault {

std::string BigEndian32(uint32_t value) {
  std::string out(4, '\0');
  for (int i = 3; i >= 0; --i, value >>= 8) out[i] = static_cast<char>(value & 0xff);
  return out;
}

std::string BigEndian64(uint64_t value) {
  std::string out(8, '\0');
  for (int i = 7; i >= 0; --i, value >>= 8) out[i] = static_cast<char>(value & 0xff);
  return out;
}

uint64_t ReadBigEndian64(absl::string_view eight_bytes) {
  CV_CHECK(eight_bytes.size() == 8);
  uint64_t value = 0;
  for (const char c : eight_bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

void AppendLengthPrefixed(std::string& out, absl::string_view part) {
  CV_CHECK(part.size() <= std::numeric_limits<uint32_t>::max());
  out.append(BigEndian32(static_cast<uint32_t>(part.size())));
  out.append(part.data(), part.size());
}

std::string LengthPrefixed(std::initializer_list<absl::string_view> parts) {
  size_t size = 0;
  for (const absl::string_view part : parts) size += 4 + part.size();
  std::string out;
  out.reserve(size);
  for (const absl::string_view part : parts) AppendLengthPrefixed(out, part);
  return out;
}

}  // namespace cardvault
