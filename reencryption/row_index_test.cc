// The rows under the row-index key on their way to its next version: every index stays whole.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "card/test_pans.h"
#include "forwarder/ledger/payment_index.h"
#include "forwarder/payment_listing.h"
#include "keys/key_state.h"
#include "reencryption/key_census.h"
#include "reencryption/reencryption_fixture_for_test.h"
#include "vault/records/index_keys.h"
#include "vault/retention/retention_sweeper.h"
#include "vault/row_keys.h"

namespace cardvault {
namespace {

PaymentId Id(const std::string& id) { return *PaymentId::Parse(id, "payment_id"); }

class RowIndexTest : public ReencryptionTest {
 protected:
  RowIndexTest() : ReencryptionTest(own_vault_) {}
  ~RowIndexTest() override { EXPECT_EQ(vault_.Inconsistency(), ""); }

  TokenizeInput OfCustomer(const std::string& pan, const std::string& customer = "c1") {
    TokenizeInput input = vault_.Card(pan);
    input.customer = TestCustomer(customer);
    input.reuse = Reuse::kCustomer;
    return input;
  }

  Token Store(const std::string& pan = std::string(kVisaTestPan)) {
    return vault_.Tokenize(OfCustomer(pan))->view.token;
  }

  bool AddPayment(const std::string& id, const std::string& reference) {
    return AddTestPayment(vault_, id, reference);
  }

  bool HasPayment(const std::string& id) {
    const auto found = PaymentIndex(vault_.engine()).Find(vault_.keyring(), shop_, Id(id));
    EXPECT_THAT(found, IsOk());
    return found.ok() && found->has_value() && (*found)->record.payment_id() == id;
  }

  bool HasReference(const std::string& reference) {
    const auto found = PaymentIndex(vault_.engine())
                           .FindByReference(vault_.keyring(), shop_,
                                            *RouteName::Parse("cards", "route"), reference);
    EXPECT_THAT(found, IsOk());
    return found.ok() && found->has_value();
  }

  // How many rows that move stand under each version.
  std::map<uint32_t, int> Versions() {
    std::map<uint32_t, int> versions;
    for (const KeyedRow& row : vault_.Rows(Table::kTokenIndex)) {
      if (IndexKeys::IsKeyed(row.key)) ++versions[*RowKeyVersion(row.key, 1)];
    }
    for (const KeyedRow& row : vault_.Rows(Table::kPayments)) {
      if (PaymentIndex::IsKeyed(row.key)) ++versions[*RowKeyVersion(row.key, 1)];
    }
    return versions;
  }

  absl::StatusOr<KeyCensus> Take() {
    return KeyCensus::Take(vault_.engine(), vault_.pipeline(), vault_.keyring(), Operator(),
                           [] { return false; });
  }

  const MerchantId shop_ = TestMerchant("shop");
  TestVault own_vault_;
};

TEST_F(RowIndexTest, EveryKindOfRowMovesAndLeadsWhereItLed) {
  std::vector<Token> tokens;
  for (const std::string& pan : {std::string(kVisaTestPan), std::string(kVisaTestPan2)}) {
    tokens.push_back(Store(pan));
  }
  ASSERT_TRUE(AddPayment("p-1", "p-1"));
  ASSERT_TRUE(AddPayment("p-2", "order-2"));
  vault_.RotateKeys(2);
  Reencrypt(KeyPurpose::kRowIndex);
  EXPECT_EQ(MovedByLog(), 3u * 2 + 2 + 3);
  EXPECT_EQ(Versions(), (std::map<uint32_t, int>{{2, 11}}));
  SetState(KeyPurpose::kRowIndex, 1, KeyState::kDestroyed);
  EXPECT_TRUE(HasPayment("p-1"));
  EXPECT_TRUE(HasPayment("p-2"));
  EXPECT_TRUE(HasReference("order-2"));
  EXPECT_EQ(Store(), tokens[0]);
  TokenFilter filter;
  filter.customer = TestCustomer("c1");
  EXPECT_EQ(vault_.ListAll(filter, 1)->size(), 2u);
  EXPECT_EQ(vault_.ListAll({}, 1)->size(), 2u);
}

// Merchants' revisions stay, and so do those of records and payments.
TEST_F(RowIndexTest, WhatTheRowsLeadToIsNotTouched) {
  const Token token = Store();
  ASSERT_TRUE(AddPayment("p-1", "p-1"));
  const auto before = vault_.Rows(Table::kRecords);
  const auto payment = *PaymentIndex(vault_.engine()).Find(vault_.keyring(), shop_, Id("p-1"));
  vault_.RotateKeys(2);
  Reencrypt(KeyPurpose::kRowIndex);
  EXPECT_EQ(vault_.Rows(Table::kRecords)[0].row.revision, before[0].row.revision);
  const auto after = *PaymentIndex(vault_.engine()).Find(vault_.keyring(), shop_, Id("p-1"));
  EXPECT_EQ(after->revision, payment->revision);
  EXPECT_EQ(after->row_key, payment->row_key);
}

// K6: rows of requests and of the guard end by themselves, and keep the version until then.
TEST_F(RowIndexTest, AVersionIsUnusedWhenItsDayIsOver) {
  Store();
  ASSERT_TRUE(AddPayment("p-1", "p-1"));
  vault_.RotateKeys(2);
  EXPECT_EQ(Take()->Of(KeyPurpose::kRowIndex, 1).records, 5u);
  Reencrypt(KeyPurpose::kRowIndex);
  const absl::StatusOr<KeyCensus> census = Take();
  EXPECT_EQ(census->Of(KeyPurpose::kRowIndex, 1).records, 0u);
  EXPECT_EQ(census->Of(KeyPurpose::kRowIndex, 1).traces, 2u);
  EXPECT_EQ(census->Of(KeyPurpose::kRowIndex, 2).records, 5u);
  EXPECT_FALSE(census->ProvesUnused(KeyPurpose::kRowIndex, 1));
  vault_.clock().Advance(absl::Hours(24) + absl::Seconds(1));
  RetentionSweeper sweeper(vault_.engine(), vault_.pipeline(), vault_.keyring(), vault_.clock(), {},
                           [] { return absl::OkStatus(); });
  ASSERT_THAT(sweeper.SweepOnce(), IsOk());
  EXPECT_TRUE(Take()->ProvesUnused(KeyPurpose::kRowIndex, 1));
  EXPECT_FALSE(Take()->ProvesUnused(KeyPurpose::kRowIndex, 2));
}

TEST_F(RowIndexTest, AJobGoesOnInItsRangeAfterARestart) {
  for (const Stored& card : StoreCards(40)) ASSERT_THAT(vault_.Delete(card.view.token), IsOk());
  for (int i = 0; i < 40; ++i) Store(generator_.Pan());
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(AddPayment(absl::StrCat("p-", i), absl::StrCat("order-", i)));
  }
  const uint64_t rows = Versions()[1];
  ASSERT_EQ(rows, 40u * 6);
  vault_.RotateKeys(2);
  ReencryptionJob::Options slow;
  slow.rows_per_second = 1;  // 16 rows a batch
  {
    const std::unique_ptr<ReencryptionJob> job = NewJob(slow);
    ASSERT_THAT(job->Start(KeyPurpose::kRowIndex, Operator()), IsOk());
  }
  int processes = 0;
  while (true) {
    const std::unique_ptr<ReencryptionJob> job = NewJob(slow);
    if (job->GetProgress().state != ReencryptionState::kRunning) break;
    ASSERT_LT(++processes, 100);
    for (int i = 0; i < 15; ++i) job->Step();
    EXPECT_EQ(job->GetProgress().failed_count, 0u);
    if (job->GetProgress().is_counted) {
      EXPECT_EQ(job->GetProgress().total_count, rows);
    }
  }
  EXPECT_GT(processes, 2);
  EXPECT_EQ(MovedByLog(), rows);
  EXPECT_EQ(Versions(), (std::map<uint32_t, int>{{2, static_cast<int>(rows)}}));
}

TEST_F(RowIndexTest, ACardDeletedWhileItsRowsMoveLeavesNone) {
  uint32_t version = 1;
  for (const bool move_first : {true, false}) {
    const Token token = Store();
    vault_.RotateKeys(++version);
    absl::StatusOr<bool> deleted = false;
    const CommitResult moved =
        Meet(move_first, KeyPurpose::kRowIndex, [&](std::function<void()> done) {
          vault_.desk().Delete(TestCall("shop"), token,
                               [&deleted, done](absl::StatusOr<bool> result) {
                                 deleted = result;
                                 done();
                               });
        });
    EXPECT_EQ(moved.committed(), move_first);
    EXPECT_THAT(deleted, IsOk());
    EXPECT_TRUE(vault_.Rows(Table::kTokenIndex).empty());
  }
}

TEST_F(RowIndexTest, ACustomersCardIsFoundWhileItsSlotMoves) {
  uint32_t version = 1;
  for (const bool move_first : {true, false}) {
    const Token token = Store();
    vault_.RotateKeys(++version);
    absl::StatusOr<TokenizeOutput> output = absl::UnknownError("");
    Meet(move_first, KeyPurpose::kRowIndex, [&](std::function<void()> done) {
      vault_.tokenizer().Tokenize(OfCustomer(std::string(kVisaTestPan)),
                                  [&output, done](absl::StatusOr<TokenizeOutput> result) {
                                    output = std::move(result);
                                    done();
                                  });
    });
    ASSERT_THAT(output, IsOk());
    EXPECT_EQ(output->view.token, token);
    ASSERT_THAT(vault_.Delete(token), IsOk());
  }
}

// Promise 5, where the ids' row moves between the look and the commit.
TEST_F(RowIndexTest, APaymentIsNotMadeTwiceWhileItsRowMoves) {
  ASSERT_TRUE(AddPayment("p-1", "p-1"));
  vault_.RotateKeys(2);
  EXPECT_FALSE(AddPayment("p-1", "p-1"));
  Reencrypt(KeyPurpose::kRowIndex);
  EXPECT_FALSE(AddPayment("p-1", "p-1"));
  SetState(KeyPurpose::kRowIndex, 1, KeyState::kDestroyed);
  EXPECT_FALSE(AddPayment("p-1", "p-1"));
}

// Rows that were exchanged in the store do not move in another's name.
TEST_F(RowIndexTest, ARowThatIsAnothersStaysAndIsReported) {
  const Token token = Store();
  const Token other = vault_.Tokenize(OfCustomer(std::string(kVisaTestPan2), "c2"))->view.token;
  std::vector<KeyedRow> slots;
  for (KeyedRow& row : vault_.Rows(Table::kTokenIndex)) {
    if (row.key[0] == IndexKeys::kReuseKind) slots.push_back(std::move(row));
  }
  ASSERT_EQ(slots.size(), 2u);
  own_vault_.fake_engine().Plant(Table::kTokenIndex, slots[0].key, slots[1].row.value,
                                 slots[0].row.revision);
  vault_.RotateKeys(2);
  const std::unique_ptr<ReencryptionJob> job = NewJob();
  ASSERT_THAT(job->Start(KeyPurpose::kRowIndex, Operator()), IsOk());
  RunToEnd(*job);
  EXPECT_EQ(job->GetProgress().failed_count, 1u);
  ASSERT_EQ(LeavesOf(AuditAction::kRecordCorrupt).size(), 1u);
  const std::string named = LeavesOf(AuditAction::kRecordCorrupt)[0].object;
  EXPECT_TRUE(named == token.text() || named == other.text());
  EXPECT_FALSE(Take()->ProvesUnused(KeyPurpose::kRowIndex, 1));
  own_vault_.fake_engine().Plant(Table::kTokenIndex, slots[0].key, slots[0].row.value,
                                 slots[0].row.revision);
}

// What a vault holds, for one that knows nothing of keys.
struct Model {
  struct Card {
    Token token;
    std::string customer;
    std::string pan;
    bool has_slot = false;
  };

  std::vector<Card> cards;                // that are there, the newest first
  std::map<std::string, Token> requests;  // by request_id
  std::set<std::string> payments;
  std::vector<std::string> payment_order;  // the newest first
};

// A listing that is under way: what must come, and what did.
struct OpenListing {
  std::vector<std::string> expected;
  std::vector<std::string> seen;
  std::string page_token;
  bool is_over = false;
};

// Random traffic, rotations and steps of the job against that model.
TEST_F(RowIndexTest, RandomTrafficBesideRotationsAgreesWithAModel) {
  const uint64_t seed = generator_.seed();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937_64 random(seed);
  const auto below = [&random](uint64_t limit) { return random() % limit; };
  Model model;
  std::vector<std::string> pans;
  for (int i = 0; i < 6; ++i) pans.push_back(generator_.Pan());
  uint32_t version = 1;
  const std::unique_ptr<ReencryptionJob> job = NewJob({.rows_per_second = 1});
  OpenListing tokens;
  OpenListing of_customer;
  OpenListing payments;
  for (OpenListing* listing : {&tokens, &of_customer, &payments}) listing->is_over = true;

  const auto tokenize = [&](int step) {
    const bool repeats = !model.requests.empty() && below(4) == 0;
    const std::string customer = absl::StrCat("c", below(3));
    const std::string& pan = pans[below(pans.size())];
    const std::string request = repeats ? model.requests.begin()->first : absl::StrCat("r-", step);
    TokenizeInput input = OfCustomer(pan, customer);
    input.request_id = TestRequest(request);
    const bool reuses = below(2) == 0;
    if (!reuses) input.reuse = Reuse::kNone;
    const absl::StatusOr<TokenizeOutput> output = vault_.Tokenize(std::move(input));
    if (repeats) {
      // The content is another, or it is the same: never a second card.
      if (output.ok()) {
        EXPECT_EQ(output->view.token, model.requests.at(request));
      } else {
        EXPECT_TRUE(absl::IsAlreadyExists(output.status()) || absl::IsNotFound(output.status()));
      }
      return;
    }
    ASSERT_THAT(output, IsOk());
    model.requests.emplace(request, output->view.token);
    const auto slot =
        std::find_if(model.cards.begin(), model.cards.end(), [&](const Model::Card& card) {
          return card.has_slot && card.customer == customer && card.pan == pan;
        });
    if (reuses && slot != model.cards.end()) {
      EXPECT_EQ(output->disposition, Disposition::kExisting);
      EXPECT_EQ(output->view.token, slot->token);
      return;
    }
    EXPECT_EQ(output->disposition, Disposition::kCreated);
    model.cards.insert(model.cards.begin(), {output->view.token, customer, pan, reuses});
  };
  const auto erase = [&] {
    if (model.cards.empty()) return;
    const size_t i = below(model.cards.size());
    const Token token = model.cards[i].token;
    EXPECT_THAT(vault_.Delete(token), IsOk());
    model.cards.erase(model.cards.begin() + static_cast<std::ptrdiff_t>(i));
    for (OpenListing* listing : {&tokens, &of_customer}) {
      auto& expected = listing->expected;
      expected.erase(std::remove(expected.begin(), expected.end(), token.text()), expected.end());
      auto& seen = listing->seen;
      seen.erase(std::remove(seen.begin(), seen.end(), token.text()), seen.end());
    }
  };
  const auto pay = [&] {
    const std::string id = absl::StrCat("p-", below(150));
    const bool is_new = model.payments.insert(id).second;
    EXPECT_EQ(AddPayment(id, absl::StrCat("order-", id)), is_new);
    EXPECT_TRUE(HasPayment(id));
    EXPECT_TRUE(HasReference(absl::StrCat("order-", id)));
    if (is_new) model.payment_order.insert(model.payment_order.begin(), id);
  };
  const auto list_tokens = [&](OpenListing& listing, const TokenFilter& filter) {
    if (listing.is_over) {
      listing = {};
      for (const Model::Card& card : model.cards) {
        if (filter.customer.has_value() && card.customer != filter.customer->value()) continue;
        listing.expected.push_back(card.token.text());
      }
    }
    const auto page =
        vault_.desk().List(TestCall("shop"), filter, 1 + below(4), listing.page_token);
    ASSERT_THAT(page, IsOk());
    for (const TokenView& view : page->tokens) listing.seen.push_back(view.token.text());
    listing.page_token = page->next_page_token;
    if (!listing.page_token.empty()) return;
    EXPECT_EQ(listing.seen, listing.expected);
    listing.is_over = true;
  };
  const auto list_payments = [&] {
    if (payments.is_over) {
      payments = {};
      payments.expected = model.payment_order;
    }
    const auto page = ListPayments(vault_.engine(), vault_.keyring(), shop_, {}, 1 + below(4),
                                   payments.page_token);
    ASSERT_THAT(page, IsOk());
    for (const auto& payment : page->payments) payments.seen.push_back(payment.payment_id());
    payments.page_token = page->next_page_token;
    if (!payments.page_token.empty()) return;
    EXPECT_EQ(payments.seen, payments.expected);
    payments.is_over = true;
  };
  TokenFilter filter;
  filter.customer = TestCustomer("c1");
  for (int step = 0; step < 1500 && !HasFailure(); ++step) {
    SCOPED_TRACE(absl::StrCat("step ", step));
    vault_.clock().Advance(absl::Seconds(1));
    const uint64_t action = below(100);
    if (action < 25) {
      tokenize(step);
    } else if (action < 33) {
      erase();
    } else if (action < 50) {
      pay();
    } else if (action < 58) {
      list_tokens(tokens, {});
    } else if (action < 66) {
      list_tokens(of_customer, filter);
    } else if (action < 74) {
      list_payments();
    } else if (action < 77 && version < 40) {
      vault_.RotateKeys(++version);
    } else {
      EXPECT_THAT(job->Start(KeyPurpose::kRowIndex, Operator()), IsOk());
      job->Step();
    }
  }
  EXPECT_GT(version, 10u);
  EXPECT_THAT(job->Start(KeyPurpose::kRowIndex, Operator()), IsOk());
  RunToEnd(*job);
  EXPECT_EQ(job->GetProgress().failed_count, 0u);
  EXPECT_EQ(Versions().size(), 1u);
  EXPECT_EQ(Versions().begin()->first, version);
  for (const std::string& id : model.payments) EXPECT_TRUE(HasPayment(id));
}

}  // namespace
}  // namespace cardvault
