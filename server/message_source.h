#ifndef CARDVAULT_SERVER_MESSAGE_SOURCE_H_
#define CARDVAULT_SERVER_MESSAGE_SOURCE_H_

#include <google/protobuf/message.h>

#include "absl/status/statusor.h"

namespace cardvault {

enum class StreamStep {
  kSend,          // the message is sent, and the next one asked for
  kSendAndPause,  // the message is sent; the next one is asked for after RpcShell's kWatchInterval
  kPause,         // nothing is sent; asked again after that
  kEnd,           // nothing is sent, and that was all
};

// What a call answers with, a message at a time: the next one is asked for when the one before was
// taken. One call at a time, from any thread.
class MessageSource {
 public:
  virtual ~MessageSource() = default;

  // Fills the message, which is empty. An error ends the call with it.
  virtual absl::StatusOr<StreamStep> Fill(google::protobuf::Message& message) = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_MESSAGE_SOURCE_H_
