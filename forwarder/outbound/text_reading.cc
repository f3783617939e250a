#include "forwarder/outbound/text_reading.h"

namespace cardvault {

TextReading TextReading::Of(absl::string_view original) {
  TextReading reading;
  for (uint32_t i = 0; i < original.size(); ++i) reading.Append(original[i], {i, i + 1});
  return reading;
}

}  // namespace cardvault
