#ifndef CARDVAULT_BASE_PROTECTIONS_H_
#define CARDVAULT_BASE_PROTECTIONS_H_

namespace cardvault {

// What keeps payments and cards from harm at moments that no single test can place, and can be
// taken out to see that tools/torture notices, and the log, to see what it costs.
enum class Protection {
  // A payment is neither sent twice nor forgotten:
  kResendGuard,  // libcurl does not post a request again by itself (HttpsTransfer)
  kIntentFirst,  // nothing is sent before its intent is durable (PaymentFlow)
  kForwardOnly,  // states move forward only (CanMove)
  // A card is neither lost nor kept twice while keys are replaced:
  kActiveKeyOnly,  // nothing is committed that an earlier version sealed (CommitPipeline)
  // Rows are looked up under every live fingerprint and row-index key (PanAdmission, LiveRowKeys):
  kDualLookup,
  // The log says who did what. Without it, what it costs can be measured:
  kAuditLog,  // every commit has its entries (CommitPipeline)
};

// Always false in what is shipped. Only a binary that links :breakable_protections has another one,
// and that target is `testonly`: Bazel refuses it to every binary that is not. Thread-safe.
bool ProtectionIsOff(Protection protection);

}  // namespace cardvault

#endif  // CARDVAULT_BASE_PROTECTIONS_H_
