#ifndef CARDVAULT_FORWARDER_PROTECTIONS_H_
#define CARDVAULT_FORWARDER_PROTECTIONS_H_

namespace cardvault {

// What keeps a payment from being sent twice or forgotten, and can be taken out to see that a test
// notices.
enum class Protection {
  kResendGuard,  // libcurl does not post a request again by itself (HttpsTransfer)
  kIntentFirst,  // nothing is sent before its intent is durable (PaymentFlow)
  kForwardOnly,  // states move forward only (CanMove)
};

// Always false in what is shipped. Only a binary that links :breakable_protections has another one,
// and that target is `testonly`: Bazel refuses it to every binary that is not. Thread-safe.
bool ProtectionIsOff(Protection protection);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PROTECTIONS_H_
