// Configuration and route documents: whatever is written there, mistakes are told.

#include <string>

#include "base/check.h"
#include "forwarder/outbound/canonical_template.h"
#include "forwarder/route.h"
#include "server/config.h"
#include "tests/fuzz/fuzz_input.h"

using namespace cardvault;  // NOLINT(build/namespaces): a program of one function

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input = fuzz::InputOf(data, size);
  ParseConfig(input, "/etc/cardvault");
  const ParsedRoute route = ParseRoute(input);
  CV_CHECK(route.mistakes.empty() == (route.route != nullptr));
  CV_CHECK(CanonicalTemplate::Parse(input).ok() == (CheckCanonicalTemplate(input) == nullptr));
  return 0;
}
