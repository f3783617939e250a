#include "vault/engine/engine.h"

namespace cardvault {

std::string PrefixEnd(absl::string_view prefix) {
  std::string end(prefix.data(), prefix.size());
  while (!end.empty()) {
    if (end.back() != '\xff') {
      ++end.back();
      return end;
    }
    end.pop_back();
  }
  return end;
}

}  // namespace cardvault
