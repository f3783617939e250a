// Tokens and the ids of callers: what parses is written as it was read.

#include "absl/status/statusor.h"
#include "base/check.h"
#include "base/id.h"
#include "card/token.h"
#include "tests/fuzz/fuzz_input.h"

using namespace cardvault;  // NOLINT(build/namespaces): a program of one function

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input = fuzz::InputOf(data, size);
  const absl::StatusOr<Token> token = Token::Parse(input);
  if (token.ok()) CV_CHECK(token->text() == input);
  const absl::StatusOr<MerchantId> merchant = MerchantId::Parse(input, "merchant");
  if (merchant.ok()) CV_CHECK(merchant->value() == input);
  return 0;
}
