#ifndef CARDVAULT_TESTS_LOAD_RIG_CALL_H_
#define CARDVAULT_TESTS_LOAD_RIG_CALL_H_

#include <grpcpp/support/status.h>

#include <functional>
#include <string>
#include <vector>

#include "cardvault/v1/token_service.grpc.pb.h"
#include "tests/load/timed_call.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {

// A call of a generated stub, alive until its end.
template <typename Request, typename Response>
struct PendingCall {
  Call call;
  Request request;
  Response response;
};

// Dies with a line on standard error when the call did not succeed.
void CheckOk(const char* what, const grpc::Status& status, const Call& call);

// Tokenizes as RunClosedLoop says; every call is to succeed. `take` has each token, from several
// threads.
std::vector<TimedCall> TokenizeAll(
    v1::TokenService::Stub& stub, int in_flight, const std::function<bool(int index)>& more,
    const std::function<v1::TokenizeRequest(int index)>& request,
    const std::function<void(int index, const std::string& token)>& take);

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_LOAD_RIG_CALL_H_
