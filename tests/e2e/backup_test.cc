// Backups of a running server: made under traffic, verified, damaged in every way, and made a data
// directory of again.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "card/test_pans.h"
#include "card/token.h"
#include "cardvault/admin/v1/audit_service.grpc.pb.h"
#include "cardvault/admin/v1/backup_service.grpc.pb.h"
#include "tests/testing/child_process.h"
#include "tests/testing/test_requests.h"
#include "tests/testing/vault_process.h"
#include "vault/admission/restore_mark.h"
#include "vault/engine/rocksdb_engine.h"

namespace cardvault::testing {
namespace {

namespace fs = std::filesystem;
using admin::v1::BackupService;

class BackupTest : public ::testing::Test {
 protected:
  BackupTest() { EXPECT_TRUE(vault_.Start()) << vault_.output(); }

  std::unique_ptr<BackupService::Stub> Backups() {
    return BackupService::NewStub(vault_.AdminChannel(kOperatorUri));
  }

  // Follows what goes on to its end.
  admin::v1::BackupProgress Watch() {
    Call call;
    const auto backups = Backups();
    const auto stream = backups->WatchBackup(call, {});
    admin::v1::BackupProgress progress;
    while (stream->Read(&progress)) continue;
    EXPECT_TRUE(stream->Finish().ok());
    return progress;
  }

  std::string Create() {
    Call call;
    admin::v1::CreateBackupResponse response;
    const grpc::Status status = Backups()->CreateBackup(call, {}, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    const admin::v1::BackupProgress progress = Watch();
    EXPECT_EQ(progress.state(), "done") << progress.problem();
    EXPECT_EQ(progress.id(), response.id());
    EXPECT_GT(progress.total_bytes(), 0);
    EXPECT_EQ(progress.done_bytes(), progress.total_bytes());
    return response.id();
  }

  admin::v1::BackupProgress Verify(const std::string& id) {
    Call call;
    admin::v1::VerifyBackupRequest request;
    request.set_id(id);
    admin::v1::VerifyBackupResponse response;
    const grpc::Status status = Backups()->VerifyBackup(call, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return Watch();
  }

  admin::v1::ListBackupsResponse List() {
    Call call;
    admin::v1::ListBackupsResponse response;
    EXPECT_TRUE(Backups()->ListBackups(call, {}, &response).ok());
    return response;
  }

  std::string Delete(const std::string& id) {
    Call call;
    admin::v1::DeleteBackupRequest request;
    request.set_id(id);
    admin::v1::DeleteBackupResponse response;
    return Backups()->DeleteBackup(call, request, &response).ok() ? "" : call.reason();
  }

  // The token; "" when the server did not acknowledge it.
  std::string Tokenize(const std::string& request_id) {
    Call call;
    v1::TokenizeResponse response;
    const grpc::Status status = vault_.Ingest()->Tokenize(
        call, TokenizeOf(request_id, std::string(kVisaTestPan), ""), &response);
    return status.ok() ? response.token().token() : "";
  }

  std::string VerifierKey() {
    Call call;
    admin::v1::ListCheckpointKeysResponse response;
    const auto audit = admin::v1::AuditService::NewStub(vault_.AdminChannel(kOperatorUri));
    EXPECT_TRUE(audit->ListCheckpointKeys(call, {}, &response).ok());
    return response.keys_size() > 0 ? response.keys(0).verifier_key() : "";
  }

  // The configuration with another data directory.
  std::string OtherConfig() {
    std::string text = ReadWholeFile(vault_.config_path());
    const std::string from = "data_directory: data\n";
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << text;
    text.replace(at, from.size(), "data_directory: restored\n");
    const std::string path = vault_.directory().File("other.yaml");
    WriteWholeFile(path, text);
    return path;
  }

  Finished Restore(const std::string& backup, const std::vector<std::string>& with) {
    std::vector<std::string> words = {kDaemon, "--config", OtherConfig(), "--restore-backup",
                                      backup};
    words.insert(words.end(), with.begin(), with.end());
    return RunToEnd(words, vault_.directory().File("restore.log"));
  }

  VaultProcess vault_;
  const std::string place_ = vault_.directory().File("backups");
  const std::string restored_ = vault_.directory().File("restored");
};

// Promise 3: what was acknowledged before is in the backup, and the copy is a store of that moment.
TEST_F(BackupTest, MadeUnderTrafficIsVerifiedAndRestored) {
  std::vector<std::string> before;
  for (int i = 0; i < 50; ++i) before.push_back(Tokenize(absl::StrCat("before-", i)));
  std::atomic<bool> stop = false;
  std::thread traffic([&] {
    for (int i = 0; !stop.load(); ++i) EXPECT_NE(Tokenize(absl::StrCat("during-", i)), "");
  });
  const std::string id = Create();
  stop.store(true);
  traffic.join();
  EXPECT_EQ(Verify(id).state(), "done");
  const admin::v1::ListBackupsResponse list = List();
  ASSERT_EQ(list.backups_size(), 1);
  const admin::v1::Backup& listed = list.backups(0);
  EXPECT_EQ(listed.id(), id);
  EXPECT_EQ(listed.state(), "whole");
  EXPECT_TRUE(listed.has_verify_time());
  EXPECT_GT(listed.keys_size(), 5);
  EXPECT_GE(listed.audit_entry_count(), 50);
  EXPECT_EQ(list.unlisted_ids_size(), 0);

  const std::string key = VerifierKey();
  const std::string backup = place_ + "/" + id;
  EXPECT_EQ(Restore(backup, {}).exit_code, 2);  // nobody says whose it is
  EXPECT_FALSE(fs::exists(restored_));
  const absl::Time start = absl::Now();
  const Finished done = Restore(backup, {"--key", key});
  ASSERT_EQ(done.exit_code, 0) << done.output;
  std::printf("restored %lld bytes in %lld ms\n", static_cast<long long>(listed.size_bytes()),
              static_cast<long long>(absl::ToInt64Milliseconds(absl::Now() - start)));
  EXPECT_TRUE(absl::StrContains(done.output, "NOT ADMITTED")) << done.output;

  EXPECT_EQ(Restore(backup, {"--key", key}).exit_code, 1);  // it is not empty any more
  RocksDbOptions options;
  options.path = restored_;
  const auto engine = OpenRocksDbEngine(options);
  ASSERT_TRUE(engine.ok()) << engine.status();
  for (const std::string& token : before) {
    const auto parsed = Token::Parse(token);
    ASSERT_TRUE(parsed.ok()) << token;
    EXPECT_TRUE((*engine)->Get(Table::kRecords, parsed->binary())->has_value()) << token;
  }
  const auto mark = ReadRestoreMark(**engine);
  ASSERT_TRUE(mark.ok() && mark->has_value());
  EXPECT_EQ((*mark)->backup_id, id);
  EXPECT_EQ((*mark)->log_size, static_cast<uint64_t>(listed.audit_entry_count()));
}

// Whatever is done to a copy is found by name, by the server and by the restore, which writes
// nothing.
TEST_F(BackupTest, ADamagedOneIsRefusedByName) {
  ASSERT_NE(Tokenize("card"), "");
  const std::string id = Create();
  const std::string key = VerifierKey();
  const std::string backup = place_ + "/" + id;
  const std::string kept = vault_.directory().File("kept");
  fs::copy(backup, kept, fs::copy_options::recursive);
  std::string table_file;
  for (const auto& file : fs::directory_iterator(backup + "/data")) {
    if (file.path().extension() == ".sst") table_file = "data/" + file.path().filename().string();
  }
  ASSERT_NE(table_file, "");
  const auto flip = [&](const std::string& name) {
    std::string bytes = ReadWholeFile(backup + "/" + name);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    WriteWholeFile(backup + "/" + name, bytes);
  };
  const auto append = [&](const std::string& name) {
    WriteWholeFile(backup + "/" + name, ReadWholeFile(backup + "/" + name) + "x");
  };
  struct Case {
    std::string named;
    std::function<void()> damage;
  };
  const std::vector<Case> cases = {
      {table_file, [&] { flip(table_file); }},
      {table_file, [&] { append(table_file); }},
      {table_file, [&] { fs::remove(backup + "/" + table_file); }},
      {table_file,
       [&] {
         fs::remove(backup + "/" + table_file);
         fs::create_symlink(kept + "/" + table_file, backup + "/" + table_file);
       }},
      {"data/CURRENT", [&] { flip("data/CURRENT"); }},
      {"data/VAULT", [&] { flip("data/VAULT"); }},
      {"data/extra", [&] { WriteWholeFile(backup + "/data/extra", "x"); }},
      {"extra", [&] { WriteWholeFile(backup + "/extra", "x"); }},
      {"data",
       [&] {
         fs::remove_all(backup + "/data");
         fs::create_directory_symlink(kept + "/data", backup + "/data");
       }},
      {"MANIFEST.json", [&] { flip("MANIFEST.json"); }},
      {"MANIFEST.json", [&] { fs::resize_file(backup + "/MANIFEST.json", uint64_t{1} << 40); }},
      {"CHECKPOINT",
       [&] {  // a manifest that reads well, and is not the one that was signed
         std::string manifest = ReadWholeFile(backup + "/MANIFEST.json");
         const size_t at = manifest.find("sandbox");
         manifest.replace(at, 7, "production");
         WriteWholeFile(backup + "/MANIFEST.json", manifest);
       }},
      {"MANIFEST.json",
       [&] {  // a name that leads out of it
         std::string manifest = ReadWholeFile(backup + "/MANIFEST.json");
         const size_t at = manifest.find("\"CURRENT\"");
         manifest.replace(at, 9, "\"../../evil\"");
         WriteWholeFile(backup + "/MANIFEST.json", manifest);
       }},
      {"CHECKPOINT", [&] { flip("CHECKPOINT"); }},
      {"CHECKPOINT", [&] { fs::remove(backup + "/CHECKPOINT"); }},
  };
  for (size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(absl::StrCat("case ", i, ": ", cases[i].named));
    cases[i].damage();
    const admin::v1::BackupProgress verified = Verify(id);
    EXPECT_EQ(verified.state(), "failed");
    EXPECT_EQ(verified.file(), cases[i].named) << verified.problem();
    const Finished restored = Restore(backup, {"--key", key});
    EXPECT_EQ(restored.exit_code, 1) << restored.output;
    EXPECT_TRUE(absl::StrContains(restored.output, "where: " + cases[i].named + "\n"))
        << restored.output;
    EXPECT_FALSE(fs::exists(restored_));
    fs::remove_all(backup);
    fs::copy(kept, backup, fs::copy_options::recursive);
  }
  EXPECT_EQ(Verify(id).state(), "done");
}

// Promise 7 and design: what a backup needs is not destroyed before it.
TEST_F(BackupTest, AKekIsNotDestroyedWhileAListedBackupNeedsIt) {
  const std::string id = Create();
  const auto keys = admin::v1::KeyService::NewStub(vault_.AdminChannel(kOperatorUri));
  const std::string kek = List().backups(0).kek_check_value();
  {
    Call call;
    admin::v1::RotateKekResponse response;
    ASSERT_TRUE(keys->RotateKek(call, {}, &response).ok());
    ASSERT_NE(response.kek().check_value(), kek);
  }
  admin::v1::DestroyKekRequest request;
  request.set_check_value(kek);
  {
    Call call;
    admin::v1::DestroyKekResponse response;
    EXPECT_FALSE(keys->DestroyKek(call, request, &response).ok());
    EXPECT_EQ(call.reason(), "KEY_STATE");
  }
  EXPECT_EQ(Delete(id), "");
  EXPECT_FALSE(fs::exists(place_ + "/" + id));
  EXPECT_EQ(List().backups_size(), 0);
  EXPECT_EQ(Delete(id), "NOT_FOUND");
  Call call;
  admin::v1::DestroyKekResponse response;
  EXPECT_TRUE(keys->DestroyKek(call, request, &response).ok()) << call.reason();
}

// A directory that is not the vault's is not written to, and none of its backups is taken as gone.
TEST_F(BackupTest, ADirectoryOfSomebodyElseIsLeftAlone) {
  const std::string id = Create();
  fs::rename(place_, place_ + ".away");
  fs::create_directory(place_);
  WriteWholeFile(place_ + "/theirs", "x");
  EXPECT_EQ(Delete(id), "MODE");
  Call call;
  admin::v1::CreateBackupResponse response;
  EXPECT_FALSE(Backups()->CreateBackup(call, {}, &response).ok());
  EXPECT_EQ(call.reason(), "MODE");
  EXPECT_EQ(List().backups_size(), 1);
  fs::remove_all(place_);
  fs::rename(place_ + ".away", place_);
  EXPECT_EQ(Verify(id).state(), "done");
}

}  // namespace
}  // namespace cardvault::testing
