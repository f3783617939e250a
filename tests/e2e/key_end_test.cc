// Keys that come to their end on a running server: nothing is lost with them, and nothing of them
// is left in the files.

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "card/test_pans.h"
#include "cardvault/storage/v1/keyring.pb.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/child_process.h"
#include "tests/testing/payment_stage.h"
#include "vault/engine/rocksdb_engine.h"

namespace cardvault::testing {
namespace {

using grpc::StatusCode;

class KeyEndTest : public ::testing::Test {
 protected:
  std::unique_ptr<admin::v1::KeyService::Stub> Keys() {
    return admin::v1::KeyService::NewStub(stage_.vault().AdminChannel(kOperatorUri));
  }

  // A call that is to go well.
  template <typename Request, typename Response>
  Response Done(grpc::Status (admin::v1::KeyService::Stub::*rpc)(grpc::ClientContext*,
                                                                 const Request&, Response*),
                const Request& request) {
    Call call;
    Response response;
    const auto keys = Keys();
    const grpc::Status status = ((*keys).*rpc)(call, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message() << " " << call.reason();
    return response;
  }

  admin::v1::KeyVersionInfo Rotate(const std::string& purpose) {
    admin::v1::RotateKeyRequest request;
    request.set_purpose(purpose);
    return Done(&admin::v1::KeyService::Stub::RotateKey, request).key();
  }

  // Why it was refused, "" when it was not.
  std::string Destroy(const std::string& purpose, int version,
                      admin::v1::DestroyKeyResponse* response = nullptr) {
    Call call;
    admin::v1::DestroyKeyRequest request;
    request.set_purpose(purpose);
    request.set_version(version);
    admin::v1::DestroyKeyResponse unused;
    const grpc::Status status =
        Keys()->DestroyKey(call, request, response == nullptr ? &unused : response);
    return status.ok() ? "" : call.reason();
  }

  // Follows a re-encryption to its end.
  admin::v1::ReencryptionProgress Watch() {
    Call call;
    const auto keys = Keys();
    const auto stream = keys->WatchReencryption(call, {});
    admin::v1::ReencryptionProgress progress;
    while (stream->Read(&progress)) continue;
    EXPECT_TRUE(stream->Finish().ok());
    return progress;
  }

  void Reencrypt(const std::string& purpose) {
    admin::v1::StartReencryptionRequest request;
    request.set_purpose(purpose);
    Done(&admin::v1::KeyService::Stub::StartReencryption, request);
    const admin::v1::ReencryptionProgress progress = Watch();
    EXPECT_EQ(progress.state(), "done") << progress.problem();
    EXPECT_EQ(progress.failed_count(), 0);
  }

  std::string Tokenize(const std::string& request_id) {
    Call call;
    v1::TokenizeRequest request = TokenizeOf(request_id, std::string(kVisaTestPan), "");
    request.set_reuse(v1::REUSE_MERCHANT);
    v1::TokenizeResponse response;
    const grpc::Status status = stage_.vault().Ingest()->Tokenize(call, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message() << " " << call.reason();
    return absl::StrCat(response.token().token(), " ", response.token().fingerprint());
  }

  // The wrapped bytes of every key, by purpose's number and version. The server is stopped for it.
  std::map<std::pair<uint32_t, uint32_t>, std::string> WrappedKeys() {
    EXPECT_EQ(stage_.vault().Stop(), 0);
    storage::v1::KeyringDocument document;
    storage::v1::KeyringBody body;
    {
      RocksDbOptions options;
      options.path = stage_.vault().data_directory();
      const auto engine = OpenRocksDbEngine(options);
      CV_CHECK(engine.ok());
      const auto row = (*engine)->Get(Table::kKeys, "keyring");
      CV_CHECK(row.ok() && row->has_value());
      CV_CHECK(document.ParseFromString((*row)->value.substr(8)));
      CV_CHECK(body.ParseFromString(document.body()));
    }
    std::map<std::pair<uint32_t, uint32_t>, std::string> wrapped;
    for (const auto& key : body.keys()) wrapped[{key.purpose(), key.version()}] = key.wrapped();
    EXPECT_TRUE(stage_.vault().Start());
    return wrapped;
  }

  // The data directory's files that hold these bytes: SST, WAL, MANIFEST and all others.
  std::vector<std::string> FilesWith(const std::string& bytes) {
    std::vector<std::string> found;
    for (const auto& file :
         std::filesystem::recursive_directory_iterator(stage_.vault().data_directory())) {
      if (!file.is_regular_file()) continue;
      if (absl::StrContains(ReadWholeFile(file.path()), bytes)) found.push_back(file.path());
    }
    return found;
  }

  PaymentStage stage_;
};

// K6: promise 7. The number of the purpose pan is 1.
TEST_F(KeyEndTest, ACompromisedKeyIsReplacedEmptiedAndDestroyed) {
  const std::string card = Tokenize("card");
  for (int i = 0; i < 20; ++i) stage_.Token(absl::StrCat("card-", i));
  const std::string wrapped = WrappedKeys()[{1, 1}];
  ASSERT_GE(wrapped.size(), 64u);
  EXPECT_FALSE(FilesWith(wrapped).empty());  // the search finds it while it is there

  EXPECT_EQ(Destroy("pan", 1), "KEY_STATE");  // it encrypts
  admin::v1::MarkKeyCompromisedRequest request;
  request.set_purpose("pan");
  request.set_version(1);
  const auto marked = Done(&admin::v1::KeyService::Stub::MarkKeyCompromised, request);
  EXPECT_EQ(marked.key().state(), admin::v1::KEY_STATE_COMPROMISED);
  EXPECT_EQ(marked.active().version(), 2);
  EXPECT_TRUE(marked.reencryption_started());
  EXPECT_EQ(Watch().state(), "done");

  admin::v1::DestroyKeyResponse certificate;
  EXPECT_EQ(Destroy("pan", 1, &certificate), "");
  EXPECT_EQ(certificate.key().state(), admin::v1::KEY_STATE_DESTROYED);
  EXPECT_TRUE(certificate.purged());
  EXPECT_GT(certificate.scanned_row_count(), 21);
  EXPECT_EQ(FilesWith(wrapped), std::vector<std::string>());
  EXPECT_EQ(Destroy("pan", 1), "KEY_STATE");  // again
  EXPECT_EQ(Destroy("pan", 9), "NOT_FOUND");

  stage_.Crash();
  EXPECT_EQ(FilesWith(wrapped), std::vector<std::string>());
  EXPECT_EQ(Tokenize("again"), card);
  EXPECT_EQ(stage_.vault().Stop(), 0);
  std::vector<std::string> ends;
  for (const AuditEntry& entry : ReadAuditLog(stage_.vault().data_directory())) {
    if (entry.leaf.action == AuditAction::kKeyCompromised) ends.push_back(entry.leaf.object);
    if (entry.leaf.action != AuditAction::kKeyDestroyed) continue;
    EXPECT_EQ(entry.leaf.origin.principal, kOperatorUri);
    ends.push_back(entry.leaf.object);
  }
  ASSERT_EQ(ends.size(), 2u);
  EXPECT_EQ(ends[0], "pan");
  EXPECT_TRUE(absl::StartsWith(ends[1], absl::StrCat("pan kcv ", marked.key().check_value())));
  ASSERT_TRUE(stage_.vault().Start());
}

// K6: what is needed is not destroyed, and what was moved is.
TEST_F(KeyEndTest, AVersionGoesWhenNothingRestsUnderItAlone) {
  const std::string card = Tokenize("card");
  for (const char* const purpose : {"profile", "fingerprint"}) {
    Rotate(purpose);
    EXPECT_EQ(Destroy(purpose, 1), "KEY_STATE") << purpose;
    Reencrypt(purpose);
  }
  EXPECT_EQ(Destroy("profile", 1), "");
  // Entries of the enumeration guard keep the fingerprint's for a day.
  EXPECT_EQ(Destroy("fingerprint", 1), "KEY_STATE");
  EXPECT_EQ(Tokenize("again"), card);
  // A token needs its MAC key as long as it is there.
  Rotate("token-mac");
  EXPECT_EQ(Destroy("token-mac", 1), "KEY_STATE");
  // Page tokens are not stored.
  Rotate("cursor");
  EXPECT_EQ(Destroy("cursor", 1), "");

  admin::v1::ListKeysRequest request;
  request.set_count_records(true);
  const auto keys = Done(&admin::v1::KeyService::Stub::ListKeys, request);
  for (const admin::v1::KeyVersionInfo& key : keys.keys()) {
    if (key.purpose() != "profile") continue;
    EXPECT_EQ(key.record_count(), key.version() == 2 ? 1 : 0);
    EXPECT_TRUE(key.has_expire_time());
  }
}

TEST_F(KeyEndTest, AnotherKekWrapsTheKeysAndTheOldOneIsDeleted) {
  const std::string card = Tokenize("card");
  const std::string wrapped = WrappedKeys()[{1, 1}];
  const auto before = Done(&admin::v1::KeyService::Stub::GetKeyStatus, {});
  const std::string kek = stage_.vault().directory().File("kek");
  ASSERT_TRUE(std::filesystem::exists(kek));

  const auto rotated = Done(&admin::v1::KeyService::Stub::RotateKek, {}).kek();
  EXPECT_EQ(rotated.generation(), 2);
  EXPECT_NE(rotated.check_value(), before.kek_check_value());
  EXPECT_TRUE(std::filesystem::exists(kek + ".2"));
  EXPECT_EQ(FilesWith(wrapped), std::vector<std::string>());
  stage_.Crash();
  EXPECT_EQ(Tokenize("again"), card);
  EXPECT_EQ(Done(&admin::v1::KeyService::Stub::GetKeyStatus, {}).kek_check_value(),
            rotated.check_value());

  admin::v1::DestroyKekRequest request;
  request.set_check_value(rotated.check_value());
  Call refused;
  admin::v1::DestroyKekResponse response;
  EXPECT_EQ(Keys()->DestroyKek(refused, request, &response).error_code(),
            StatusCode::FAILED_PRECONDITION);
  EXPECT_TRUE(std::filesystem::exists(kek + ".2"));
  request.set_check_value(before.kek_check_value());
  EXPECT_EQ(Done(&admin::v1::KeyService::Stub::DestroyKek, request).kek().state(), "destroyed");
  EXPECT_FALSE(std::filesystem::exists(kek));
  stage_.Crash();
  EXPECT_EQ(Tokenize("once-more"), card);
  EXPECT_EQ(Done(&admin::v1::KeyService::Stub::RotateKek, {}).kek().generation(), 3);
}

}  // namespace
}  // namespace cardvault::testing
