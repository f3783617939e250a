#include "server/audit_desk.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "audit/compact_range.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "cardvault/admin/v1/audit_service.pb.h"
#include "gtest/gtest.h"
#include "keys/testing/test_keyring.h"
#include "server/caller.h"
#include "server/message_source.h"
#include "tests/testing/status_matchers.h"
#include "vault/checkpoint/checkpointer.h"
#include "vault/checkpoint/sink_writer.h"
#include "vault/commit/log_cut.h"
#include "vault/commit/testing/pipeline_fixture.h"
#include "vault/commit/write_set.h"
#include "vault/engine/table.h"
#include "vault/retention/log_retention.h"

namespace cardvault {
namespace {

using admin::v1::ExportRequest;
using admin::v1::ExportResponse;

constexpr uint64_t kCut = kRetiredSegment;

// A log of which the first segment is retired.
class RetiredLogTest : public CommitPipelineTest {
 protected:
  void SetUp() override {
    keyring_.Set(MakeTestKeyring("vault"));
    Start();
    checkpointer_ =
        std::make_unique<Checkpointer>(*pipeline_, keyring_, clock_, sinks_,
                                       Checkpointer::Options{.origin = "cardvault/vault/log/1"});
    desk_ = std::make_unique<AuditDesk>(
        AuditDesk::Parts{engine_, *pipeline_, keyring_, *checkpointer_});
    WriteSet set;
    for (uint64_t i = 0; i < kRetiredSegment + 20'000; ++i) set.leaves.push_back(Leaf("x"));
    ASSERT_TRUE(Commit(std::move(set)).committed());
    before_ = pipeline_->audit_tree();
    checkpointer_->Step();
    ASSERT_TRUE(Commit(PutSet(Table::kRecords, "row", "x")).committed());  // behind the checkpoint
    clock_.Advance(absl::Hours(24) * 400);
    LogRetention retention(engine_, *pipeline_, clock_, {.patience = absl::ZeroDuration()});
    ASSERT_THAT(retention.Step(), IsOkAndHolds(true));
    caller_.identity.uri = "spiffe://test.example/auditor/carol";
    caller_.origin = {caller_.identity.uri, "auditor", "127.0.0.1:40000"};
  }

  absl::StatusOr<admin::v1::ExportHeader> Header(const ExportRequest& request) {
    ASSIGN_OR_RETURN(const std::unique_ptr<MessageSource> source, desk_->Export(caller_, request));
    ExportResponse response;
    RETURN_IF_ERROR(source->Fill(response).status());
    return response.header();
  }

  static auto IsRetired() { return StatusIs(absl::StatusCode::kNotFound, ErrorReason::kNotFound); }

  std::vector<std::unique_ptr<SinkWriter>> sinks_;
  std::unique_ptr<Checkpointer> checkpointer_;
  std::unique_ptr<AuditDesk> desk_;
  CompactRange before_;
  Caller caller_;
};

TEST_F(RetiredLogTest, AnExportBeginsWithTheFirstEntryThatIsLeft) {
  ExportRequest request;
  request.set_consistency_from(before_.size());
  const absl::StatusOr<admin::v1::ExportHeader> header = Header(request);
  ASSERT_THAT(header, IsOk());
  EXPECT_EQ(header->first(), kCut);
  EXPECT_EQ(header->left().hashes_size(), 1);
  EXPECT_EQ(header->consistency().from_size(), before_.size());

  // All of it is older than now.
  request.Clear();
  request.mutable_until()->set_seconds(absl::ToUnixSeconds(clock_.Now()) + 1);
  EXPECT_EQ(Header(request)->first(), kCut);
  request.Clear();
  request.mutable_since()->set_seconds(0);
  EXPECT_EQ(Header(request)->first(), kCut);
}

TEST_F(RetiredLogTest, WhatIsRetiredIsRefusedByName) {
  ExportRequest request;
  request.set_first(kCut - 1);
  EXPECT_THAT(Header(request).status(), IsRetired());
  request.Clear();
  request.set_consistency_from(kCut - 1);
  EXPECT_THAT(Header(request).status(), IsRetired());
  admin::v1::WatchEntriesRequest watch;
  watch.set_first(5);
  EXPECT_THAT(desk_->Watch(caller_, watch).status(), IsRetired());
  admin::v1::ProveInclusionRequest inclusion;
  inclusion.set_sequence(kCut - 1);
  inclusion.set_size(before_.size());
  EXPECT_THAT(desk_->ProveInclusion(caller_, inclusion).status(), IsRetired());
  admin::v1::ProveConsistencyRequest consistency;
  consistency.set_from_size(kCut - 1);
  consistency.set_to_size(before_.size());
  EXPECT_THAT(desk_->ProveConsistency(caller_, consistency).status(), IsRetired());

  inclusion.set_sequence(kCut);
  EXPECT_THAT(desk_->ProveInclusion(caller_, inclusion), IsOk());
  consistency.set_from_size(kCut);
  EXPECT_THAT(desk_->ProveConsistency(caller_, consistency), IsOk());
  consistency.set_from_size(0);
  EXPECT_THAT(desk_->ProveConsistency(caller_, consistency), IsOk());
}

}  // namespace
}  // namespace cardvault
