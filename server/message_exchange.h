#ifndef CARDVAULT_SERVER_MESSAGE_EXCHANGE_H_
#define CARDVAULT_SERVER_MESSAGE_EXCHANGE_H_

#include <google/protobuf/message.h>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"

namespace cardvault {

// What a call with messages both ways does with them. The shell reads when there is room, writes
// what there is, and ends the call when the caller has sent all, or it cannot go on, and nothing is
// under way. Take runs on the executor, one at a time; the others are short and run on any thread,
// also during Take. Whenever one of the others has another answer, the exchange says so through the
// function that it was made with.
class MessageExchange {
 public:
  virtual ~MessageExchange() = default;

  // Whether the next message may come.
  virtual bool HasRoom() const = 0;
  // Takes a message. An error ends the call with it.
  virtual absl::Status Take(google::protobuf::Message& message) = 0;
  // Whether answers to what was taken will come yet, beside those that Fill gives now.
  virtual bool IsBusy() const = 0;
  // Fills an empty answer; false: there is none now.
  virtual bool Fill(google::protobuf::Message& message) = 0;
  // OK, or why no further message is of use.
  virtual absl::Status Trouble() const = 0;
  // The call ends; nothing is under way. `closed` runs once, when the caller may hear of it.
  virtual void Close(const absl::Status& how, absl::AnyInvocable<void() &&> closed) = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_MESSAGE_EXCHANGE_H_
