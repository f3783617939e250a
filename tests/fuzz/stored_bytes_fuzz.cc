// What is read back from a disk that anybody may have written to: rows, keyrings, the record of
// custodians, shares and their envelopes.

#include "base/secret_bytes.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "cardvault/storage/v1/payment_record.pb.h"
#include "keys/custody/custodian_share.h"
#include "keys/custody/custody_record.h"
#include "keys/custody/share_envelope.h"
#include "keys/keyring_document.h"
#include "tests/fuzz/fuzz_input.h"
#include "vault/records/row_format.h"

using namespace cardvault;  // NOLINT(build/namespaces): a program of one function

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input = fuzz::InputOf(data, size);
  DecodeRow<storage::v1::CardRecord>(input).IgnoreError();
  DecodeRow<storage::v1::PaymentRecord>(input).IgnoreError();
  ReadKekOfKeyring(input).IgnoreError();
  ParseCustodyRecord(input).IgnoreError();
  const SecretBytes secret = SecretBytes::CopyOf(input);
  ParseCustodianShare(secret).IgnoreError();
  OpenEnvelope(input, secret, nullptr).IgnoreError();
  return 0;
}
