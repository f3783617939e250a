#ifndef CARDVAULT_FORWARDER_TESTING_PAYMENT_WORLD_H_
#define CARDVAULT_FORWARDER_TESTING_PAYMENT_WORLD_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "audit/audit_leaf.h"
#include "base/executor.h"
#include "base/testing/fake_clock.h"
#include "card/token.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "cardvault/storage/v1/payment_record.pb.h"
#include "forwarder/escrow/cvv_escrow.h"
#include "forwarder/payment_request.h"
#include "forwarder/payments.h"
#include "forwarder/route_book.h"
#include "forwarder/testing/fake_outbound.h"
#include "keys/keyring_holder.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/engine/engine.h"
#include "vault/engine/table.h"
#include "vault/engine/testing/fake_engine.h"
#include "vault/engine/testing/fault_injecting_engine.h"

namespace cardvault {

// Everything that payments need, in memory: a store, a pipeline, keys, a clock, the two routes of
// route_documents.h with their credentials, and an upstream that answers what the test wants.
class PaymentWorld final {
 public:
  PaymentWorld();
  ~PaymentWorld();

  // Ends the process without a trace of what was in memory, and opens the store again.
  void Restart();

  // A stored card of `shop`, unexpired and active unless the test changes the record's fields. A
  // record's sealed number opens to nothing: the fake upstream does not look at it.
  struct CardOptions {
    storage::v1::CardRecord::State state = storage::v1::CardRecord::STATE_ACTIVE;
    bool single_use = false;
    int expiry_month = 12;
    int expiry_year = 2031;
    std::string cardholder_name = "JANE DOE";
    std::string merchant = "shop";
  };
  Token AddCard() { return AddCard(CardOptions()); }
  Token AddCard(const CardOptions& options);
  storage::v1::CardRecord CardOf(const Token& token) const;
  void ChangeCard(const Token& token, storage::v1::CardRecord::State state);

  // Deposits a code and answers its id.
  std::string DepositCvv(const Token& token);

  // A request that both routes take.
  PaymentRequest Input(const Token& token, const std::string& payment_id,
                       const std::string& route = "cards-h2h") const;

  // A refund of a payment of `shop`.
  RefundRequest RefundInput(const std::string& original, const std::string& payment_id,
                            int64_t amount) const;

  absl::StatusOr<storage::v1::PaymentRecord> PayIn(PaymentRequest input);
  absl::StatusOr<storage::v1::PaymentRecord> PayOut(PaymentRequest input);
  absl::StatusOr<storage::v1::PaymentRecord> Refund(RefundRequest request);
  absl::StatusOr<storage::v1::PaymentRecord> Get(const std::string& payment_id) const;

  // Every row of a table, and the audit entries, oldest first.
  std::vector<KeyedRow> Rows(Table table) const;
  std::vector<AuditEntry> Entries() const;
  // How many entries of an action there are.
  int CountEntries(AuditAction action) const;

  // Members are public: this is a list of parts, not a layer.
  FakeEngine store;
  FaultInjectingEngine engine{store};
  FakeClock clock;
  KeyringHolder keyring;
  FakeOutbound outbound;
  std::unique_ptr<CommitPipeline> pipeline;
  std::unique_ptr<Executor> executor;
  std::unique_ptr<RouteBook> routes;
  std::unique_ptr<CvvEscrow> escrow;
  std::unique_ptr<Payments> payments;

 private:
  void Open();
  void Close();
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_TESTING_PAYMENT_WORLD_H_
