#ifndef CARDVAULT_SERVER_STATUS_CONVERSION_H_
#define CARDVAULT_SERVER_STATUS_CONVERSION_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace cardvault {

// The only place that makes a grpc::Status. Code and literal text of a status of ours; reason and
// field go into the trailing metadata `cardvault-reason` and `cardvault-field`. What has no reason
// of ours (a library's status) becomes INTERNAL with a fixed text: foreign text never leaves.
grpc::Status ToGrpcStatus(const absl::Status& status, grpc::ServerContextBase& context);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_STATUS_CONVERSION_H_
