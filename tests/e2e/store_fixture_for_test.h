#ifndef CARDVAULT_TESTS_E2E_STORE_FIXTURE_FOR_TEST_H_
#define CARDVAULT_TESTS_E2E_STORE_FIXTURE_FOR_TEST_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "cardvault/admin/v1/store_service.grpc.pb.h"
#include "tests/testing/child_process.h"
#include "tests/testing/payment_stage.h"
#include "tests/testing/test_requests.h"
#include "tests/testing/vault_process.h"
#include "vault/engine/rocksdb_engine.h"
#include "vault/engine/table.h"

namespace cardvault::testing {

// What the tests of stores that are not admitted share.

using admin::v1::StoreService;
using Words = std::vector<std::string>;

inline void CopyDirectory(const std::string& from, const std::string& to) {
  std::filesystem::remove_all(to);
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
  std::filesystem::permissions(to, std::filesystem::perms::owner_all);
}

inline std::unique_ptr<RocksDbEngine> OpenStore(const std::string& directory) {
  RocksDbOptions options;
  options.path = directory;
  absl::StatusOr<std::unique_ptr<RocksDbEngine>> engine = OpenRocksDbEngine(options);
  EXPECT_TRUE(engine.ok()) << engine.status();
  return *std::move(engine);
}

// Every row of every table, with its revision.
inline std::map<std::pair<int, std::string>, std::pair<uint64_t, std::string>> RowsOf(
    const std::string& directory) {
  std::map<std::pair<int, std::string>, std::pair<uint64_t, std::string>> rows;
  const auto engine = OpenStore(directory);
  for (int table = 0; table < kTableCount; ++table) {
    const std::vector<KeyedRow> scanned =
        *engine->Scan(static_cast<Table>(table), "", "", 1'000'000);
    for (const KeyedRow& row : scanned) {
      rows[{table, row.key}] = {row.row.revision, row.row.value};
    }
  }
  return rows;
}

inline admin::v1::GetStoreResponse StoreOf(VaultProcess& vault) {
  Call call;
  admin::v1::GetStoreResponse store;
  EXPECT_TRUE(
      StoreService::NewStub(vault.AdminChannel(kOperatorUri))->GetStore(call, {}, &store).ok());
  return store;
}

inline std::string ServingState(VaultProcess& vault) {
  Call call;
  admin::v1::GetStatusResponse status;
  EXPECT_TRUE(vault.System()->GetStatus(call, {}, &status).ok());
  return status.serving_state();
}

inline std::set<std::string> ReasonsOf(const admin::v1::GetStoreResponse& store) {
  std::set<std::string> kinds;
  for (const admin::v1::AdmissionReason& reason : store.reasons()) kinds.insert(reason.kind());
  return kinds;
}

// Of the store as it is.
inline admin::v1::AdmitStoreRequest AdmissionOf(VaultProcess& vault) {
  const admin::v1::GetStoreResponse store = StoreOf(vault);
  admin::v1::AdmitStoreRequest request;
  request.set_audit_entry_count(store.audit_entry_count());
  request.set_declared_log(store.declared().log());
  request.set_declared_size(store.declared().size());
  request.set_deletions_unknown(true);
  return request;
}

inline grpc::Status Admit(VaultProcess& vault, std::string* reason = nullptr,
                          std::optional<admin::v1::AdmitStoreRequest> given = std::nullopt) {
  const admin::v1::AdmitStoreRequest request = given.has_value() ? *given : AdmissionOf(vault);
  Call call;
  admin::v1::AdmitStoreResponse response;
  const grpc::Status status =
      StoreService::NewStub(vault.AdminChannel(kOperatorUri))->AdmitStore(call, request, &response);
  if (reason != nullptr) *reason = call.reason();
  return status;
}

class StoreAdmissionTest : public ::testing::Test {
 protected:
  std::string File(const std::string& name) { return vault().directory().File(name); }
  VaultProcess& vault() { return stage_.vault(); }

  void Start() {
    ASSERT_TRUE(vault().Start()) << vault().output();
    stage_.Connect();
  }

  Finished Cardvault(Words words) {
    Words all = {"cli/cardvault", "--profile", vault().WriteProfile()};
    all.insert(all.end(), words.begin(), words.end());
    return RunToEnd(all, File("out"));
  }

  // As options of a verifier: the keys of the log in force.
  Words VerifierKeys() {
    Words options;
    const std::string keys = Cardvault({"audit", "keys"}).output;
    for (absl::string_view line : absl::StrSplit(keys, '\n')) {
      const size_t begin = line.find("cardvault/");
      if (begin == absl::string_view::npos) continue;
      options.insert(options.end(), {"--key", std::string(line.substr(begin))});
    }
    return options;
  }

  // What both verifiers say.
  void Verify(Words options, const Words& keys, int exit_code, const std::string& text) {
    options.insert(options.end(), keys.begin(), keys.end());
    for (Words words : {Words{"cli/cardvault", "audit", "verify"},
                        Words{"/usr/bin/python3", "docs/verify/verify_audit_export.py"}}) {
      words.insert(words.end(), options.begin(), options.end());
      const Finished verified = RunToEnd(words, File("out"));
      EXPECT_EQ(verified.exit_code, exit_code) << verified.output;
      EXPECT_THAT(verified.output, ::testing::HasSubstr(text));
    }
  }

  // A token and a stopped vault, whose directory is put back after a payment with that token.
  void PutBack() {
    // So that a "not found" counts two seconds after the admission.
    stage_.AddPraxisRoute("psp", absl::StrCat(kImpatient, "reconcile: {not_found_after: 10ms}\n"));
    token_ = stage_.Token("card-1");
    log_1_keys_ = VerifierKeys();
    ASSERT_EQ(vault().Stop(), 0);
    CopyDirectory(vault().data_directory(), File("aside"));
    Start();
    ASSERT_EQ(stage_.Token("card-1"), token_);
    EXPECT_EQ(StateName(stage_.Pay(PayInOf("psp", "pay-2", token_, 1200))), "APPROVED");
    stage_.Token("card-2");
    ASSERT_EQ(Cardvault({"audit", "export", "--out", File("log-1.jsonl")}).exit_code, 0);
    ASSERT_EQ(vault().Stop(), 0);
    CopyDirectory(File("aside"), vault().data_directory());
  }

  PaymentStage stage_;
  std::string token_;
  Words log_1_keys_;
};

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_E2E_STORE_FIXTURE_FOR_TEST_H_
