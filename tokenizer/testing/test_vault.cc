#include "tokenizer/testing/test_vault.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/check.h"
#include "base/length_prefix.h"
#include "card/luhn.h"
#include "keys/testing/test_keyring.h"
#include "tokenizer/testing/consistency.h"

namespace cardvault {
namespace {

constexpr size_t kAllRows = 1000000;
constexpr absl::string_view kVaultId = "vault-under-test";

template <typename T>
T Must(absl::StatusOr<T> value) {
  CV_CHECK(value.ok());
  return *std::move(value);
}

// Calls `start` with a callback and waits until it was called.
template <typename T, typename Start>
absl::StatusOr<T> Wait(Start start) {
  std::optional<absl::StatusOr<T>> answer;
  absl::Notification answered;
  start([&](absl::StatusOr<T> result) {
    answer = std::move(result);
    answered.Notify();
  });
  answered.WaitForNotification();
  return *std::move(answer);
}

}  // namespace

MerchantId TestMerchant(absl::string_view name) {
  return Must(MerchantId::Parse(name, "merchant"));
}
CustomerId TestCustomer(absl::string_view name) {
  return Must(CustomerId::Parse(name, "customer_id"));
}
RequestId TestRequest(absl::string_view name) { return Must(RequestId::Parse(name, "request_id")); }
CallContext TestCall(absl::string_view merchant) {
  return CallContext{TestMerchant(merchant),
                     {.principal = absl::StrCat("spiffe://test/merchant/", merchant, "/ingest"),
                      .role = "ingest",
                      .address = "127.0.0.1:1"}};
}
std::vector<std::string> PansSharingEnds(size_t count) {
  std::vector<std::string> pans;
  for (int middle = 0; pans.size() < count; ++middle) {
    std::string pan = absl::StrFormat("999999%06d1234", middle);
    if (PassesLuhn(pan)) pans.push_back(std::move(pan));
  }
  return pans;
}
Expiry TestExpiry(int month, int year) { return Must(Expiry::Create(month, year)); }

TestVault::TestVault(TokenizerOptions options) : engine_(own_engine_), options_(options) {
  Start();
}

TestVault::TestVault(Engine& engine, TokenizerOptions options)
    : engine_(engine), options_(options) {
  Start();
}

void TestVault::Start() {
  RotateKeys(1);
  pipeline_ = Must(CommitPipeline::Start(engine_, keyring_, clock_, {}));
  WriteSet first;
  first.leaves.push_back(AuditLeaf{.action = AuditAction::kLogStarted,
                                   .origin = {.principal = "cardvaultd", .role = "", .address = ""},
                                   .object = ""});
  CV_CHECK(pipeline_->SubmitAndWait(std::move(first)).committed());
  tokenizer_ =
      std::make_unique<Tokenizer>(engine_, *pipeline_, keyring_, clock_, executor_, options_);
  desk_ =
      std::make_unique<TokenDesk>(engine_, *pipeline_, keyring_, clock_, executor_, options_.mode);
}

TestVault::~TestVault() { Stop(); }

void TestVault::RotateKeys(uint32_t version) { keyring_.Set(MakeTestKeyring(kVaultId, version)); }

void TestVault::Stop() {
  executor_.Stop();
  pipeline_->Stop();
}

TokenizeInput TestVault::Card(absl::string_view pan, absl::string_view merchant) {
  return TokenizeInput{.call = TestCall(merchant),
                       .request_id = TestRequest(absl::StrCat("request-", ++request_count_)),
                       .pan = Must(Pan::Parse(pan)),
                       .expiry = TestExpiry(12, 2035),
                       .cardholder_name = "",
                       .customer = std::nullopt,
                       .labels = {},
                       .retention = std::nullopt};
}

ReplacePanInput TestVault::Replacement(const Token& token, absl::string_view pan,
                                       absl::string_view merchant) {
  return ReplacePanInput{.call = TestCall(merchant),
                         .request_id = TestRequest(absl::StrCat("request-", ++request_count_)),
                         .token = token,
                         .pan = Must(Pan::Parse(pan)),
                         .expiry = TestExpiry(12, 2036),
                         .cardholder_name = std::nullopt};
}

absl::StatusOr<TokenizeOutput> TestVault::Tokenize(TokenizeInput input) {
  return Wait<TokenizeOutput>(
      [&](auto done) { tokenizer_->Tokenize(std::move(input), std::move(done)); });
}

absl::StatusOr<TokenView> TestVault::ReplacePan(ReplacePanInput input) {
  return Wait<TokenView>(
      [&](auto done) { tokenizer_->ReplacePan(std::move(input), std::move(done)); });
}

absl::StatusOr<TokenView> TestVault::Get(const Token& token, absl::string_view merchant) {
  return desk_->Get(TestCall(merchant), token);
}

absl::StatusOr<TokenView> TestVault::Update(CardUpdate update, absl::string_view merchant) {
  return Wait<TokenView>(
      [&](auto done) { desk_->Update(TestCall(merchant), std::move(update), std::move(done)); });
}

absl::StatusOr<TokenView> TestVault::Disable(const Token& token, absl::string_view merchant) {
  return Wait<TokenView>(
      [&](auto done) { desk_->Disable(TestCall(merchant), token, std::move(done)); });
}

absl::StatusOr<TokenView> TestVault::Enable(const Token& token, absl::string_view merchant) {
  return Wait<TokenView>(
      [&](auto done) { desk_->Enable(TestCall(merchant), token, std::move(done)); });
}

absl::StatusOr<bool> TestVault::Delete(const Token& token, absl::string_view merchant) {
  return Wait<bool>([&](auto done) { desk_->Delete(TestCall(merchant), token, std::move(done)); });
}

absl::StatusOr<std::vector<TokenView>> TestVault::ListAll(const TokenFilter& filter,
                                                          size_t page_size,
                                                          absl::string_view merchant) {
  std::vector<TokenView> all;
  std::string cursor;
  do {
    absl::StatusOr<TokenPage> page = desk_->List(TestCall(merchant), filter, page_size, cursor);
    if (!page.ok()) return page.status();
    for (TokenView& view : page->tokens) all.push_back(std::move(view));
    cursor = page->next_page_token;
  } while (!cursor.empty());
  return all;
}

std::vector<AuditLeaf> TestVault::Leaves(uint64_t first) {
  std::vector<AuditLeaf> leaves;
  for (const KeyedRow& row :
       Must(engine_.Scan(Table::kAuditLeaves, BigEndian64(first), "", kAllRows))) {
    leaves.push_back(Must(DecodeEntry(row.row.value)).leaf);
  }
  return leaves;
}

std::vector<KeyedRow> TestVault::Rows(Table table) {
  return Must(engine_.Scan(table, "", "", kAllRows));
}

std::string TestVault::Inconsistency() {
  const auto tables = Must(CardTables::Open(engine_, keyring_, options_.mode));
  return FindInconsistency(*tables);
}

}  // namespace cardvault
