#include "tests/testing/raw_call.h"

#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/support/byte_buffer.h>

namespace cardvault::testing {

grpc::Status RawCall(grpc::Channel& channel, const std::string& method, Call& call,
                     const std::string& request, std::string* response) {
  grpc::Slice slice(request);
  grpc::ByteBuffer in(&slice, 1);
  grpc::ByteBuffer out;
  const grpc::internal::RpcMethod rpc(method.c_str(), grpc::internal::RpcMethod::NORMAL_RPC);
  const grpc::Status status = grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
      &channel, rpc, call, in, &out);
  if (status.ok() && response != nullptr) {
    grpc::Slice answer;
    if (out.DumpToSingleSlice(&answer).ok()) {
      response->assign(reinterpret_cast<const char*>(answer.begin()), answer.size());
    }
  }
  return status;
}

}  // namespace cardvault::testing
