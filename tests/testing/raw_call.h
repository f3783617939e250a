#ifndef CARDVAULT_TESTS_TESTING_RAW_CALL_H_
#define CARDVAULT_TESTS_TESTING_RAW_CALL_H_

#include <grpcpp/channel.h>
#include <grpcpp/support/status.h>

#include <string>

#include "tests/testing/vault_process.h"

namespace cardvault::testing {

// One call with bytes as they are: for requests that a generated stub would not send. The answer's
// bytes, of a streamed one those of its first message, go to `response`, which may be null.
grpc::Status RawCall(grpc::Channel& channel, const std::string& method, Call& call,
                     const std::string& request, std::string* response = nullptr);

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_TESTING_RAW_CALL_H_
