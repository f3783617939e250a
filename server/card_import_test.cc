#include "server/card_import.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "audit/action.h"
#include "forwarder/testing/payment_world.h"
#include "server/refusal_log.h"
#include "server/stream_slots.h"
#include "tests/testing/card_generator.h"
#include "tests/testing/status_matchers.h"
#include "tokenizer/tokenizer.h"

namespace cardvault {
namespace {

class CardImportTest : public ::testing::Test {
 protected:
  ~CardImportTest() override {
    world_.pipeline->Stop();
    world_.executor->Stop();
  }

  std::shared_ptr<CardImport> NewImport() {
    return std::make_shared<CardImport>(CallContext{*MerchantId::Parse("shop", "merchant"), {}},
                                        ImportParts{tokenizer_, *world_.pipeline, refusals_},
                                        *slots_.Take("importer"), [this] {
                                          absl::MutexLock lock(&mutex_);
                                          ++wakes_;
                                        });
  }

  static v1::ImportCardsRequest First(
      v1::DuplicatePolicy policy = v1::DUPLICATE_POLICY_UNSPECIFIED) {
    v1::ImportCardsRequest request;
    request.mutable_settings()->set_import_id("import-1");
    request.mutable_settings()->set_duplicates(policy);
    return request;
  }

  void AddRow(v1::ImportCardsRequest& request, const std::string& id, const std::string& number,
              int year = 2035) {
    v1::ImportRow& row = *request.add_rows();
    row.set_row(++rows_);
    row.set_external_id(id);
    row.set_number(number);
    row.set_expiry_month(12);
    row.set_expiry_year(year);
  }

  void WaitFor(const CardImport& stream) {
    const auto idle = [&stream] { return !stream.IsBusy(); };
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&idle));
  }

  // Takes one message, waits for its rows, and answers their results by external id.
  std::map<std::string, v1::ImportResult> Import(CardImport& stream,
                                                 v1::ImportCardsRequest request) {
    EXPECT_THAT(stream.Take(request), IsOk());
    WaitFor(stream);
    std::map<std::string, v1::ImportResult> results;
    v1::ImportCardsResponse response;
    while (stream.Fill(response)) {
      for (const v1::ImportResult& result : response.results()) {
        results[result.external_id()] = result;
      }
      response.Clear();
    }
    return results;
  }

  static void Close(CardImport& stream) {
    absl::Notification closed;
    stream.Close(absl::OkStatus(), [&] { closed.Notify(); });
    closed.WaitForNotification();
  }

  PaymentWorld world_;
  StreamSlots slots_{1};
  Tokenizer tokenizer_{world_.engine, *world_.pipeline, world_.keyring,
                       world_.clock,  *world_.executor, {}};
  RefusalLog refusals_{*world_.pipeline, world_.clock};
  CardGenerator cards_{7};
  absl::Mutex mutex_;
  int wakes_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t rows_ = 0;
};

TEST_F(CardImportTest, ThereIsNoRoomForMoreUntilResultsAreTaken) {
  const auto stream = NewImport();
  v1::ImportCardsRequest request = First();
  size_t taken = 0;
  while (stream->HasRoom()) {
    for (size_t i = 0; i < kMaxImportRows; ++i) {
      AddRow(request, absl::StrCat("r", taken + i), cards_.Pan());
    }
    ASSERT_THAT(stream->Take(request), IsOk());
    taken += kMaxImportRows;
    request.Clear();
    ASSERT_LE(taken, kMaxRowsUnderWay);
  }
  WaitFor(*stream);
  EXPECT_FALSE(stream->HasRoom());  // all are committed, and none was taken
  v1::ImportCardsResponse response;
  ASSERT_TRUE(stream->Fill(response));
  EXPECT_EQ(response.results_size(), static_cast<int>(kMaxImportRows));
  EXPECT_TRUE(stream->HasRoom());
}

TEST_F(CardImportTest, ABadRowStopsNoGoodOneAndIsNotEchoed) {
  const auto stream = NewImport();
  v1::ImportCardsRequest request = First();
  const std::string good = cards_.Pan();
  AddRow(request, "good", good);
  AddRow(request, "luhn", "9999990000000000");
  AddRow(request, "old", cards_.Pan(), 2001);
  AddRow(request, good, cards_.Pan());  // a card number where an id belongs
  AddRow(request, "last", cards_.Pan());
  const auto results = Import(*stream, std::move(request));
  ASSERT_EQ(results.size(), 5u);
  EXPECT_EQ(results.at("good").outcome(), v1::IMPORT_OUTCOME_CREATED);
  EXPECT_EQ(results.at("last").outcome(), v1::IMPORT_OUTCOME_CREATED);
  EXPECT_EQ(results.at("luhn").reason(), "PAN_INVALID");
  EXPECT_EQ(results.at("luhn").field(), "number");
  EXPECT_EQ(results.at("old").reason(), "EXPIRY_INVALID");
  EXPECT_EQ(results.at("").reason(), "ID_INVALID");
  EXPECT_EQ(results.at("").field(), "external_id");
  Close(*stream);
  EXPECT_EQ(world_.CountEntries(AuditAction::kTokenCreated), 2);
  EXPECT_EQ(world_.CountEntries(AuditAction::kTokenizeRefused), 3);
  const AuditLeaf last = world_.Entries().back().leaf;
  EXPECT_EQ(last.action, AuditAction::kImportEnded);
  EXPECT_NE(last.object.find(" created 2 existing 0 updated 0 refused 3"), std::string::npos)
      << last.object;
}

TEST_F(CardImportTest, ARowThatIsSentAgainAnswersItsFirstResult) {
  const std::string pan = cards_.Pan();
  std::string token;
  for (int i = 0; i < 2; ++i) {
    const auto stream = NewImport();
    v1::ImportCardsRequest request = First(v1::DUPLICATE_POLICY_REFUSE);
    AddRow(request, "a", pan);
    const auto results = Import(*stream, std::move(request));
    EXPECT_EQ(results.at("a").outcome(), v1::IMPORT_OUTCOME_CREATED);
    Close(*stream);
    if (i == 0) token = results.at("a").token();
    EXPECT_EQ(results.at("a").token(), token);
  }
  EXPECT_EQ(world_.CountEntries(AuditAction::kTokenCreated), 1);
  const auto stream = NewImport();
  v1::ImportCardsRequest request = First();
  AddRow(request, "a", cards_.Pan());
  const auto results = Import(*stream, std::move(request));
  EXPECT_EQ(results.at("a").reason(), "REQUEST_ID_REUSED");
  EXPECT_EQ(results.at("a").field(), "external_id");
}

TEST_F(CardImportTest, DuplicatesAreSkippedUpdatedOrRefused) {
  const std::string pan = cards_.Pan();
  const auto run = [&](v1::DuplicatePolicy policy, const std::string& id, int year) {
    const auto stream = NewImport();
    v1::ImportCardsRequest request = First(policy);
    AddRow(request, id, pan, year);
    const v1::ImportResult result = Import(*stream, std::move(request)).at(id);
    Close(*stream);
    return result;
  };
  const std::string token = run(v1::DUPLICATE_POLICY_SKIP, "1", 2035).token();
  const v1::ImportResult skipped = run(v1::DUPLICATE_POLICY_SKIP, "2", 2040);
  EXPECT_EQ(skipped.outcome(), v1::IMPORT_OUTCOME_EXISTING);
  EXPECT_EQ(skipped.token(), token);
  const v1::ImportResult updated = run(v1::DUPLICATE_POLICY_UPDATE, "3", 2033);
  EXPECT_EQ(updated.outcome(), v1::IMPORT_OUTCOME_UPDATED);
  EXPECT_EQ(updated.token(), token);
  // It holds 2033 now: the same again changes nothing.
  EXPECT_EQ(run(v1::DUPLICATE_POLICY_UPDATE, "4", 2033).outcome(), v1::IMPORT_OUTCOME_EXISTING);
  const v1::ImportResult refused = run(v1::DUPLICATE_POLICY_REFUSE, "5", 2035);
  EXPECT_EQ(refused.outcome(), v1::IMPORT_OUTCOME_REFUSED);
  EXPECT_EQ(refused.reason(), "DUPLICATE");
  EXPECT_EQ(refused.token(), "");
  EXPECT_EQ(world_.CountEntries(AuditAction::kTokenCreated), 1);
  EXPECT_EQ(world_.CountEntries(AuditAction::kTokenUpdated), 1);
  EXPECT_EQ(world_.CountEntries(AuditAction::kTokenMatched), 2);
}

TEST_F(CardImportTest, TheNextMayBeginWhenTheCallerHearsOfTheEnd) {
  const auto stream = NewImport();
  v1::ImportCardsRequest request = First();
  AddRow(request, "a", cards_.Pan());
  Import(*stream, std::move(request));
  EXPECT_FALSE(slots_.Take("importer").ok());
  Close(*stream);
  EXPECT_THAT(slots_.Take("importer"), IsOk());
}

TEST_F(CardImportTest, ExpiredCardsAreTakenWhenAskedFor) {
  const auto stream = NewImport();
  v1::ImportCardsRequest request = First();
  request.mutable_settings()->set_accept_expired(true);
  AddRow(request, "old", cards_.Pan(), 2001);
  EXPECT_EQ(Import(*stream, std::move(request)).at("old").outcome(), v1::IMPORT_OUTCOME_CREATED);
}

TEST_F(CardImportTest, MessagesThatAreNoneOfAnImportEndIt) {
  const auto stream = NewImport();
  v1::ImportCardsRequest request;
  AddRow(request, "a", cards_.Pan());
  EXPECT_THAT(stream->Take(request),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldMissing));
  request = First();
  request.mutable_settings()->set_import_id(cards_.Pan());
  EXPECT_THAT(stream->Take(request),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kIdInvalid));
  request = First();
  for (size_t i = 0; i <= kMaxImportRows; ++i) AddRow(request, absl::StrCat(i), cards_.Pan());
  EXPECT_THAT(stream->Take(request),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid));
  EXPECT_EQ(world_.CountEntries(AuditAction::kTokenCreated), 0);
}

}  // namespace
}  // namespace cardvault
