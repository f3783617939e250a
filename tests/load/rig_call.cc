#include "tests/load/rig_call.h"

#include <cstdio>
#include <memory>
#include <utility>

#include "base/check.h"
#include "tests/load/closed_loop.h"

namespace cardvault::testing {

void CheckOk(const char* what, const grpc::Status& status, const Call& call) {
  if (!status.ok()) {
    fprintf(stderr, "%s: %s %s\n", what, status.error_message().c_str(), call.reason().c_str());
  }
  CV_CHECK(status.ok());
}

std::vector<TimedCall> TokenizeAll(
    v1::TokenService::Stub& stub, int in_flight, const std::function<bool(int index)>& more,
    const std::function<v1::TokenizeRequest(int index)>& request,
    const std::function<void(int index, const std::string& token)>& take) {
  return RunClosedLoop(in_flight, more, [&](int index, std::function<void()> done) {
    auto pending = std::make_shared<PendingCall<v1::TokenizeRequest, v1::TokenizeResponse>>();
    pending->request = request(index);
    stub.async()->Tokenize(
        pending->call, &pending->request, &pending->response,
        [index, &take, pending, done = std::move(done)](const grpc::Status& status) {
          CheckOk("Tokenize", status, pending->call);
          take(index, pending->response.token().token());
          done();
        });
  });
}

}  // namespace cardvault::testing
