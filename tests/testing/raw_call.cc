#include "tests/testing/raw_call.h"

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/sync_stream.h>

#include <memory>

namespace cardvault::testing {

grpc::Status RawCall(grpc::Channel& channel, const std::string& method, Call& call,
                     const std::string& request, std::string* response) {
  grpc::Slice slice(request);
  grpc::ByteBuffer in(&slice, 1);
  // On the wire a unary call is a stream of one message.
  const grpc::internal::RpcMethod rpc(method.c_str(), grpc::internal::RpcMethod::SERVER_STREAMING);
  const std::unique_ptr<grpc::ClientReader<grpc::ByteBuffer>> reader(
      grpc::internal::ClientReaderFactory<grpc::ByteBuffer>::Create(&channel, rpc, call, in));
  grpc::ByteBuffer message;
  std::string first;
  for (bool is_first = true; reader->Read(&message); is_first = false) {
    grpc::Slice answer;
    if (is_first && message.DumpToSingleSlice(&answer).ok()) {
      first.assign(reinterpret_cast<const char*>(answer.begin()), answer.size());
    }
  }
  const grpc::Status status = reader->Finish();
  if (status.ok() && response != nullptr) *response = first;
  return status;
}

}  // namespace cardvault::testing
