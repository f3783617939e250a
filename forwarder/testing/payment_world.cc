#include "forwarder/testing/payment_world.h"

#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/synchronization/notification.h"
#include "base/check.h"
#include "base/secret_bytes.h"
#include "card/card_profile.h"
#include "card/expiry.h"
#include "forwarder/escrow/test_deposit.h"
#include "forwarder/testing/route_documents.h"
#include "keys/testing/test_keyring.h"
#include "tokenizer/token_minter.h"
#include "vault/engine/table.h"
#include "vault/sealing/card_sealer.h"
#include "vault/sealing/sealed_fields.h"

namespace cardvault {
namespace {

constexpr size_t kMaxEntries = 100'000;

AuditOrigin Operator() { return {"spiffe://test/operator/one", "operator", "192.0.2.1:4711"}; }

// What `call` answers through its callback.
absl::StatusOr<storage::v1::PaymentRecord> Await(
    absl::FunctionRef<void(Payments::Done<storage::v1::PaymentRecord>)> call) {
  absl::StatusOr<storage::v1::PaymentRecord> result;
  absl::Notification done;
  call([&](absl::StatusOr<storage::v1::PaymentRecord> record) {
    result = std::move(record);
    done.Notify();
  });
  done.WaitForNotification();
  return result;
}

}  // namespace

PaymentWorld::PaymentWorld() {
  keyring.Set(MakeTestKeyring("vault-1"));
  Open();
  for (const char* document : {kH2hRouteDocument, kPraxisRouteDocument}) {
    const absl::StatusOr<RouteBook::Applied> applied = routes->Apply(document, false, Operator());
    CV_CHECK(applied.ok() && applied->changed);
  }
  const std::pair<const char*, const char*> credentials[] = {{"cards-h2h", "api_secret"},
                                                             {"cards-praxis", "merchant_secret"}};
  for (const auto& [route, name] : credentials) {
    CV_CHECK(routes
                 ->SetCredential(*RouteName::Parse(route, "route"), name,
                                 SecretBytes::CopyOf("MerchantSecretKey"), Operator())
                 .ok());
  }
}

PaymentWorld::~PaymentWorld() { Close(); }

void PaymentWorld::Open() {
  pipeline = *CommitPipeline::Start(engine, keyring, clock, {});
  executor = std::make_unique<Executor>(2);
  routes = *RouteBook::Load(engine, *pipeline, keyring, clock);
  escrow = *CvvEscrow::Create(clock, kDefaultCvvLife);
  payments = std::make_unique<Payments>(engine, *pipeline, keyring, clock, *executor, *routes,
                                        *escrow, outbound, VaultMode::kSandbox);
}

void PaymentWorld::Close() {
  outbound.Release();
  payments.reset();
  executor->Stop();
  pipeline->Stop();
  escrow.reset();
  routes.reset();
  pipeline.reset();
  executor.reset();
}

void PaymentWorld::Restart() {
  // The store as it is now is what a new process finds; what the old one still does is lost.
  std::vector<std::pair<Table, KeyedRow>> rows;
  for (int i = 0; i < kTableCount; ++i) {
    const auto table = static_cast<Table>(i);
    for (const KeyedRow& row : Rows(table)) rows.emplace_back(table, row);
  }
  Close();
  for (int i = 0; i < kTableCount; ++i) {
    const auto table = static_cast<Table>(i);
    for (const KeyedRow& row : Rows(table)) store.Remove(table, row.key);
  }
  for (const auto& [table, row] : rows) {
    store.Plant(table, row.key, row.row.value, row.row.revision);
  }
  Open();
}

std::vector<KeyedRow> PaymentWorld::Rows(Table table) const {
  return *store.Scan(table, "", "", kMaxEntries);
}

Token PaymentWorld::AddCard(const CardOptions& options) {
  const std::shared_ptr<const Keyring> keys = *keyring.Snapshot();
  const MerchantId merchant = *MerchantId::Parse(options.merchant, "merchant");
  const Token token = *TokenMinter::Mint(*keys, merchant, VaultMode::kSandbox);
  storage::v1::CardRecord record;
  record.set_format_version(1);
  record.set_merchant(options.merchant);
  record.set_state(options.state);
  record.mutable_pan()->set_key_version(1);
  record.mutable_pan()->set_sealed("sealed");
  const CardProfile profile{*Expiry::Create(options.expiry_month, options.expiry_year),
                            options.cardholder_name};
  PutSealedProfile(*CardSealer::SealProfile(*keys, merchant, token, profile), record);
  record.set_single_use(options.single_use);
  record.set_pan_generation(1);
  store.Plant(Table::kRecords, token.binary(), record.SerializeAsString(), 1);
  return token;
}

storage::v1::CardRecord PaymentWorld::CardOf(const Token& token) const {
  storage::v1::CardRecord record;
  CV_CHECK(record.ParseFromString((*store.Get(Table::kRecords, token.binary()))->value));
  return record;
}

void PaymentWorld::ChangeCard(const Token& token, storage::v1::CardRecord::State state) {
  storage::v1::CardRecord record = CardOf(token);
  record.set_state(state);
  const uint64_t revision = (*store.Get(Table::kRecords, token.binary()))->revision;
  store.Plant(Table::kRecords, token.binary(), record.SerializeAsString(), revision + 1);
}

std::string PaymentWorld::DepositCvv(const Token& token) {
  return DepositTestCvv(*escrow, *MerchantId::Parse("shop", "merchant"), token);
}

PaymentRequest PaymentWorld::Input(const Token& token, const std::string& payment_id,
                                   const std::string& route) const {
  PaymentRequest input{{*MerchantId::Parse("shop", "merchant"),
                        {"spiffe://test/merchant/shop/pay-in", "pay-in", "192.0.2.7:4711"}},
                       token,
                       "",
                       *RouteName::Parse(route, "route"),
                       *PaymentId::Parse(payment_id, "payment_id"),
                       1500,
                       "USD",
                       {},
                       {},
                       "",
                       ""};
  input.customer.id = "cust-1";
  input.customer.first_name = "Jane";
  input.customer.last_name = "Doe";
  input.customer.email = "a@example.com";
  input.customer.country = "DE";
  input.urls.notification_url = "https://m.example/n";
  input.urls.return_success_url = "https://m.example/ret";
  return input;
}

RefundRequest PaymentWorld::RefundInput(const std::string& original, const std::string& payment_id,
                                        int64_t amount) const {
  const PaymentRequest like = Input(Token::FromBinary(VaultMode::kSandbox, {}), payment_id);
  return {like.call,
          *PaymentId::Parse(original, "original_payment_id"),
          like.payment_id,
          amount,
          like.customer,
          like.urls,
          ""};
}

absl::StatusOr<storage::v1::PaymentRecord> PaymentWorld::PayIn(PaymentRequest input) {
  return Await([&](Payments::Done<storage::v1::PaymentRecord> done) {
    payments->Pay(std::move(input), std::move(done));
  });
}

absl::StatusOr<storage::v1::PaymentRecord> PaymentWorld::PayOut(PaymentRequest input) {
  input.kind = PaymentKind::kPayOut;
  return PayIn(std::move(input));
}

absl::StatusOr<storage::v1::PaymentRecord> PaymentWorld::Refund(RefundRequest request) {
  return Await([&](Payments::Done<storage::v1::PaymentRecord> done) {
    payments->Refund(std::move(request), std::move(done));
  });
}

absl::StatusOr<storage::v1::PaymentRecord> PaymentWorld::Get(const std::string& payment_id) const {
  return payments->Get({*MerchantId::Parse("shop", "merchant"), {}},
                       *PaymentId::Parse(payment_id, "payment_id"));
}

std::vector<AuditEntry> PaymentWorld::Entries() const {
  std::vector<AuditEntry> entries;
  for (const KeyedRow& row : Rows(Table::kAuditLeaves)) {
    entries.push_back(*DecodeEntry(row.row.value));
  }
  return entries;
}

int PaymentWorld::CountEntries(AuditAction action) const {
  int count = 0;
  for (const AuditEntry& entry : Entries()) count += entry.leaf.action == action;
  return count;
}

}  // namespace cardvault
