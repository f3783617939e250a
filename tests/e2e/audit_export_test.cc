// The audit log as an auditor gets it: exports that both verifiers believe, the part of one that
// was cut short, the tail, and what a vault gives that is sealed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "audit/audit_leaf.h"
#include "cardvault/admin/v1/audit_service.grpc.pb.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/child_process.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

using admin::v1::AuditService;
using admin::v1::ExportRequest;
using admin::v1::ExportResponse;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;

using Words = std::vector<std::string>;

class AuditExportTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(vault_.Start()) << vault_.output();
    profile_ = vault_.WriteProfile();
  }
  void TearDown() override {
    if (vault_.running()) {
      EXPECT_EQ(vault_.Stop(), 0) << vault_.output();
    }
  }

  std::string File(const std::string& name) const { return vault_.directory().File(name); }

  Finished Cardvault(Words words) {
    Words all = {"cli/cardvault", "--profile", profile_};
    all.insert(all.end(), words.begin(), words.end());
    return RunToEnd(all, File("output"));
  }

  // Each is an entry, admin.read.
  void ReadStatus(int times) {
    const auto system = vault_.System();
    for (int i = 0; i < times; ++i) {
      Call call;
      admin::v1::GetStatusResponse status;
      ASSERT_TRUE(system->GetStatus(call, {}, &status).ok());
    }
  }

  std::string VerifierKey() {
    const std::string keys = Cardvault({"audit", "keys"}).output;
    const size_t begin = keys.find("cardvault/");
    return keys.substr(begin, keys.find('\n', begin) - begin);
  }

  // What both verifiers print.
  std::vector<std::string> Verify(const std::string& file, const std::string& notes,
                                  int exit_code) {
    Words options = {file, "--key", VerifierKey()};
    if (!notes.empty()) options.insert(options.end(), {"--checkpoint", notes});
    std::vector<std::string> answers;
    for (Words words : {Words{"cli/cardvault", "audit", "verify"},
                        Words{"/usr/bin/python3", "docs/verify/verify_audit_export.py"}}) {
      words.insert(words.end(), options.begin(), options.end());
      const Finished verified = RunToEnd(words, File("output"));
      EXPECT_EQ(verified.exit_code, exit_code) << verified.output;
      answers.push_back(verified.output);
    }
    return answers;
  }

  std::unique_ptr<AuditService::Stub> Audit(const std::string& uri) {
    return AuditService::NewStub(vault_.AdminChannel(uri));
  }

  // All messages of one call.
  grpc::Status Export(const ExportRequest& request, std::vector<ExportResponse>& messages,
                      std::string* reason = nullptr) {
    Call call;
    const auto stream = Audit(kAuditorUri)->Export(call, request);
    ExportResponse message;
    messages.clear();
    while (stream->Read(&message)) messages.push_back(message);
    const grpc::Status status = stream->Finish();
    if (reason != nullptr) *reason = call.reason();
    return status;
  }

  VaultProcess vault_;
  std::string profile_;
};

// A3
TEST_F(AuditExportTest, BothVerifiersBelieveAnExportAndOneThatWasCutShortGoesOn) {
  const std::string notes = File("notes"), all = File("all.jsonl");
  ASSERT_EQ(Cardvault({"audit", "checkpoint", "--out", notes}).exit_code, 0);
  ReadStatus(300);
  const Finished exported =
      Cardvault({"audit", "export", "--out", all, "--checkpoint-from", notes});
  ASSERT_EQ(exported.exit_code, 0) << exported.output;
  EXPECT_THAT(Verify(all, notes, 0), Each(HasSubstr("confirmed by the outside checkpoint")));
  // Nobody's file is written over.
  EXPECT_EQ(Cardvault({"audit", "export", "--out", all}).exit_code, 2);

  const std::string whole = ReadWholeFile(all);
  EXPECT_THAT(whole, HasSubstr("\"action\":\"audit.exported\""));
  EXPECT_THAT(whole, HasSubstr("\"object\":\"0..now\""));
  EXPECT_EQ(Cardvault({"audit", "export", "--resume", "--out", all}).exit_code, 0);
  vault_.Kill();
  ASSERT_TRUE(vault_.Start()) << vault_.output();
  profile_ = vault_.WriteProfile();
  for (const size_t size : {whole.size() / 3, whole.size() * 9 / 10, whole.size() - 3}) {
    WriteWholeFile(all, whole.substr(0, size));
    const Finished resumed = Cardvault({"audit", "export", "--resume", "--out", all});
    EXPECT_EQ(resumed.exit_code, 0) << resumed.output;
    EXPECT_TRUE(ReadWholeFile(all) == whole) << size;
  }
}

TEST_F(AuditExportTest, APartIsExportedBySequenceOrTimeAndItsEntryNamesIt) {
  ReadStatus(20);
  const std::string part = File("part.jsonl"), later = File("later.jsonl");
  ASSERT_EQ(Cardvault({"audit", "export", "--out", part, "--from", "3", "--to", "12"}).exit_code,
            0);
  EXPECT_THAT(Verify(part, "", 1), Each(HasSubstr("entries 3..12 intact")));
  const Finished none = Cardvault({"audit", "export", "--out", later, "--since", "2200-01-01"});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.output, HasSubstr("NOT_FOUND"));
  const Finished until = Cardvault({"audit", "export", "--out", File("u.jsonl"), "--since",
                                    "2001-01-01", "--until", "2200-01-01"});
  EXPECT_EQ(until.exit_code, 0) << until.output;

  std::vector<ExportResponse> messages;
  ExportRequest beyond;
  beyond.set_end(100'000);
  EXPECT_EQ(Export(beyond, messages).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  int named = 0;
  for (const AuditEntry& entry : ReadAuditLog(vault_.data_directory())) {
    if (entry.leaf.action != AuditAction::kAuditExported || entry.leaf.object != "3..12") continue;
    ++named;
    EXPECT_EQ(entry.leaf.count, 10u);
    EXPECT_EQ(entry.leaf.origin.principal, kAuditorUri);
    EXPECT_GT(entry.sequence, 12u);
  }
  EXPECT_EQ(named, 1);
}

TEST_F(AuditExportTest, AFilteredExportHasWhatWasAskedForAndProvesEachEntry) {
  ReadStatus(7);
  const std::string file = File("filtered.jsonl");
  const Finished exported = Cardvault({"audit", "export", "--out", file, "--action", "admin.read",
                                       "--object", "status", "--principal", kOperatorUri});
  ASSERT_EQ(exported.exit_code, 0) << exported.output;
  EXPECT_THAT(exported.output, HasSubstr("found"));
  const std::string content = ReadWholeFile(file);
  EXPECT_THAT(content, HasSubstr("{\"end\":{\"entries\":7}}"));
  Verify(file, "", 1);  // nothing is wrong, and nothing outside confirms it
  const std::string note = File("note");
  // The export's own checkpoint as one that was kept.
  std::vector<ExportResponse> messages;
  ASSERT_TRUE(Export({}, messages).ok());
  WriteWholeFile(note, messages.at(0).header().checkpoint());
  ExportRequest request;
  request.set_action("no.such_action");
  EXPECT_EQ(Export(request, messages).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  for (const char* const format : {"csv", "cef"}) {
    const std::string other = File(format);
    EXPECT_EQ(
        Cardvault({"audit", "export", "--out", other, "--format", format, "--to", "4"}).exit_code,
        0);
    const std::vector<std::string> lines = absl::StrSplit(ReadWholeFile(other), '\n');
    EXPECT_EQ(lines.size(), absl::string_view(format) == "csv" ? 7u : 6u);
  }
}

TEST_F(AuditExportTest, AnEarlierCheckpointIsContinuedAndProofsAreOfItsTree) {
  ReadStatus(5);
  const auto audit = Audit(kAuditorUri);
  Call call, proof_call, beyond_call;
  admin::v1::GetCheckpointResponse checkpoint;
  ASSERT_TRUE(audit->GetCheckpoint(call, {}, &checkpoint).ok());
  EXPECT_TRUE(checkpoint.fresh());
  ReadStatus(5);
  std::vector<ExportResponse> messages;
  ExportRequest request;
  request.set_consistency_from(checkpoint.size());
  ASSERT_TRUE(Export(request, messages).ok());
  EXPECT_EQ(messages[0].header().consistency().from_size(), checkpoint.size());
  EXPECT_EQ(messages[0].header().end(), messages[0].header().size());
  // The proof of that very step, by the other call.
  admin::v1::ProveConsistencyRequest consistency;
  consistency.set_from_size(checkpoint.size());
  consistency.set_to_size(messages[0].header().size());
  admin::v1::ProveConsistencyResponse proved;
  ASSERT_TRUE(audit->ProveConsistency(proof_call, consistency, &proved).ok());
  EXPECT_EQ(proved.proof().SerializeAsString(),
            messages[0].header().consistency().proof().SerializeAsString());
  admin::v1::ProveInclusionRequest inclusion;
  inclusion.set_sequence(checkpoint.size());
  inclusion.set_size(checkpoint.size());
  admin::v1::ProveInclusionResponse included;
  EXPECT_EQ(audit->ProveInclusion(beyond_call, inclusion, &included).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(beyond_call.field(), "sequence");

  request.Clear();
  request.set_first(2);
  request.set_checkpoint_size(checkpoint.size());
  ASSERT_TRUE(Export(request, messages).ok());
  EXPECT_EQ(messages[0].header().size(), checkpoint.size());
  EXPECT_EQ(messages[0].header().checkpoint(), "");
  EXPECT_EQ(messages.back().next(), checkpoint.size());
}

TEST_F(AuditExportTest, TheTailFollowsAndEndsWithTheServer) {
  ReadStatus(3);
  EXPECT_EQ(Cardvault({"audit", "tail", "--last", "2", "--format", "cef"}).exit_code, 0);
  ChildProcess tail(
      {"cli/cardvault", "--profile", profile_, "audit", "tail", "--follow", "--from", "0"},
      File("tail"));
  const auto wait_for = [&](const std::string& text) {
    while (tail.running() && !absl::StrContains(tail.Output(), text)) std::this_thread::yield();
    return tail.running();
  };
  ASSERT_TRUE(wait_for("\"object\":\"tail 0..\"")) << tail.Output();

  // One watch an identity.
  Call call;
  admin::v1::WatchEntriesRequest second;
  second.set_follow(true);
  const auto stream = Audit(kAuditorUri)->WatchEntries(call, second);
  admin::v1::WatchEntriesResponse entries;
  EXPECT_FALSE(stream->Read(&entries));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(call.reason(), "LIMIT");
  // That refusal comes through the tail.
  ASSERT_TRUE(wait_for("\"reason\":\"LIMIT\"")) << tail.Output();

  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  EXPECT_EQ(tail.Wait(), 1);
  EXPECT_THAT(tail.Output(), HasSubstr("DRAINING"));
}

TEST_F(AuditExportTest, OperatorsGetCheckpointsAndKeysAndNoEntries) {
  const auto audit = Audit(kOperatorUri);
  Call export_call, checkpoint_call, keys_call, proof_call;
  const auto stream = audit->Export(export_call, {});
  ExportResponse message;
  EXPECT_FALSE(stream->Read(&message));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
  admin::v1::ProveInclusionResponse proof;
  EXPECT_EQ(audit->ProveInclusion(proof_call, {}, &proof).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  admin::v1::GetCheckpointResponse checkpoint;
  EXPECT_TRUE(audit->GetCheckpoint(checkpoint_call, {}, &checkpoint).ok());
  admin::v1::ListCheckpointKeysResponse keys;
  EXPECT_TRUE(audit->ListCheckpointKeys(keys_call, {}, &keys).ok());
  ASSERT_EQ(keys.keys_size(), 1);
  EXPECT_EQ(keys.keys(0).state(), "active");
}

TEST_F(AuditExportTest, ASealedVaultGivesWhatItsLastCheckpointCovers) {
  const auto audit = Audit(kAuditorUri);
  Call first_call, seal_call, second_call, keys_call;
  admin::v1::GetCheckpointResponse fresh, kept;
  ASSERT_TRUE(audit->GetCheckpoint(first_call, {}, &fresh).ok());
  admin::v1::SealResponse sealed;
  ASSERT_TRUE(vault_.Custody(kOperatorUri)->Seal(seal_call, {}, &sealed).ok());
  ASSERT_TRUE(audit->GetCheckpoint(second_call, {}, &kept).ok());
  EXPECT_FALSE(kept.fresh());
  EXPECT_GE(kept.size(), fresh.size());
  std::vector<ExportResponse> messages;
  ASSERT_TRUE(Export({}, messages).ok());
  EXPECT_EQ(messages[0].header().end(), kept.size());
  EXPECT_EQ(messages[0].header().checkpoint(), kept.checkpoint());
  ExportRequest beyond;
  beyond.set_end(kept.size() + 1);
  std::string reason;
  EXPECT_EQ(Export(beyond, messages, &reason).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(reason, "VAULT_SEALED");
  admin::v1::ListCheckpointKeysResponse keys;
  EXPECT_EQ(audit->ListCheckpointKeys(keys_call, {}, &keys).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
}

}  // namespace
}  // namespace cardvault::testing
