#include "card/truncated_pan.h"

#include "base/check.h"

namespace cardvault {

std::string TruncatedPan::Masked() const {
  CV_CHECK(digit_count >= bin.size() + last_four.size());
  return bin + std::string(digit_count - bin.size() - last_four.size(), '*') + last_four;
}

}  // namespace cardvault
