#ifndef CARDVAULT_TESTS_LOAD_PLAIN_POST_H_
#define CARDVAULT_TESTS_LOAD_PLAIN_POST_H_

#include <string>
#include <utility>
#include <vector>

#include "cardvault/v1/payment_service.pb.h"

namespace cardvault::testing {

// A request to an upstream, ready to be posted.
struct PlainPost {
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  std::string body;
};

// The card that the masked one of a DryRun stands for.
struct ShownCard {
  std::string number;
  std::string masked;
  std::string cvv;
};

// Makes of what a DryRun shows of an H2H payment the requests that PayIn would send, byte for byte
// the same but for payment id, nonce, time and signature. Thread-safe.
class PlainPostMaker final {
 public:
  // `payment_id` is that of the payment shown. Dies when a part to be replaced is not in it.
  PlainPostMaker(const v1::DryRunResponse& shown, const std::string& payment_id,
                 const ShownCard& card, std::string api_secret);

  // Signed now; the sandbox takes it for a minute.
  PlainPost Make(const std::string& payment_id) const;

 private:
  const std::string api_secret_;
  std::string url_;
  std::string path_;
  std::vector<std::pair<std::string, std::string>> headers_;  // that stay
  std::string before_id_;
  std::string behind_id_;
};

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_LOAD_PLAIN_POST_H_
