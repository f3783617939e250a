#include "server/change_book.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/testing/fake_clock.h"
#include "keys/testing/test_keyring.h"
#include "tests/testing/status_matchers.h"
#include "vault/engine/testing/fake_engine.h"

namespace cardvault {
namespace {

class ChangeBookTest : public ::testing::Test {
 protected:
  ChangeBookTest() {
    keyring_.Set(MakeTestKeyring("vault-1"));
    pipeline_ = *CommitPipeline::Start(store_, keyring_, clock_, {});
    book_ = std::make_unique<ChangeBook>(store_, *pipeline_, keyring_, clock_);
  }

  absl::StatusOr<StoredChange> Propose() {
    NewChange change;
    change.kind = "enable_route";
    change.object = "h2h-eu";
    change.proposal = "bytes";
    return book_->Propose(std::move(change), alice_);
  }

  FakeEngine store_;
  FakeClock clock_;
  KeyringHolder keyring_;
  const AuditOrigin alice_{"spiffe://test/operator/alice", "operator", "192.0.2.1:4711"};
  std::unique_ptr<CommitPipeline> pipeline_;
  std::unique_ptr<ChangeBook> book_;
};

TEST_F(ChangeBookTest, OpenProposalsAreBounded) {
  std::set<std::string> ids;
  StoredChange last;
  for (size_t i = 0; i < kMaxOpenChanges; ++i) {
    absl::StatusOr<StoredChange> change = Propose();
    ASSERT_THAT(change, IsOk());
    EXPECT_EQ(change->content.id().size(), 8u);
    ids.insert(change->content.id());
    last = *std::move(change);
  }
  EXPECT_EQ(ids.size(), kMaxOpenChanges);
  const auto full = StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kLimit);
  EXPECT_THAT(Propose(), full);
  ASSERT_THAT(book_->Reject(last, alice_), IsOk());
  EXPECT_THAT(Propose(), IsOk());
  EXPECT_THAT(Propose(), full);
  clock_.Advance(kChangeLife);
  EXPECT_THAT(Propose(), IsOk());
  EXPECT_EQ(book_->All()->size(), kMaxOpenChanges + 2);
}

TEST_F(ChangeBookTest, EndedOnesAreForgottenByAgeAndNumber) {
  for (size_t i = 0; i < kMaxEndedChanges + 3; ++i) {
    clock_.Advance(absl::Seconds(1));
    ASSERT_THAT(book_->Reject(*Propose(), alice_), IsOk());
  }
  const std::string newest = book_->All()->front().content.id();
  ASSERT_THAT(book_->Sweep(), IsOk());
  EXPECT_EQ(book_->All()->size(), kMaxEndedChanges);
  EXPECT_EQ(book_->All()->front().content.id(), newest);
  clock_.Advance(kEndedChangeLife - absl::Seconds(1));
  const StoredChange open = *Propose();
  EXPECT_EQ(book_->All()->size(), 2u);  // the newest is not old enough yet
  clock_.Advance(absl::Seconds(1));
  ASSERT_THAT(book_->Sweep(), IsOk());
  ASSERT_EQ(book_->All()->size(), 1u);
  EXPECT_EQ(book_->All()->front().content.id(), open.content.id());
}

TEST_F(ChangeBookTest, OpenOnesStandFirstThenTheNewest) {
  const StoredChange open = *Propose();
  clock_.Advance(absl::Seconds(1));
  const StoredChange first = *Propose();
  clock_.Advance(absl::Seconds(1));
  const StoredChange second = *Propose();
  for (const StoredChange& change : {first, second}) {
    ASSERT_THAT(book_->Reject(change, alice_), IsOk());
  }
  std::vector<std::string> ids;
  const std::vector<StoredChange> all = *book_->All();
  for (const StoredChange& change : all) ids.push_back(change.content.id());
  EXPECT_EQ(ids,
            (std::vector<std::string>{open.content.id(), second.content.id(), first.content.id()}));
}

TEST_F(ChangeBookTest, AMoveFromAStaleStateIsAborted) {
  const StoredChange change = *Propose();
  ASSERT_THAT(book_->Reject(change, alice_), IsOk());
  const auto stale = StatusIs(absl::StatusCode::kAborted, ErrorReason::kRevision);
  EXPECT_THAT(book_->Reject(change, alice_), stale);
  EXPECT_THAT(book_->Commit(book_->WarrantFor(change, ChangeState::kApplied, alice_)), stale);
  EXPECT_EQ(book_->Get(change.content.id())->state(), ChangeState::kRejected);
}

TEST_F(ChangeBookTest, WhatIsNoIdIsRefusedAndAnUnknownOneIsNotFound) {
  for (const char* id : {"", "roles", "../roles", "K3X7M2QA"}) {
    EXPECT_THAT(book_->Get(id),
                StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kIdInvalid))
        << id;
  }
  EXPECT_THAT(book_->Get("k3x7m2qa"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(ChangeBookTest, ADamagedRowIsDataLoss) {
  const StoredChange change = *Propose();
  for (storage::v1::ChangeRow row : {change.row, change.row}) {
    static int which = 0;
    if (which++ == 0) {
      row.set_format_version(2);
    } else {
      row.set_content("\x07");
    }
    WriteSet set;
    set.puts.push_back({Table::kPolicy, "change/" + change.content.id(), row.SerializeAsString()});
    set.leaves.push_back(AuditLeaf{AuditAction::kAdminRead});
    ASSERT_TRUE(pipeline_->SubmitAndWait(std::move(set)).committed());
    EXPECT_THAT(book_->Get(change.content.id()), StatusIs(absl::StatusCode::kDataLoss));
  }
}

}  // namespace
}  // namespace cardvault
