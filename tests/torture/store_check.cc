#include "tests/torture/store_check.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/status.h"
#include "card/pan.h"
#include "card/token.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "cardvault/storage/v1/policy_rows.pb.h"
#include "keys/keyring_holder.h"
#include "keys/keyring_manager.h"
#include "server/config.h"
#include "server/kek_source.h"
#include "tests/leak/stored_rows.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/child_process.h"
#include "tests/testing/temp_dir.h"
#include "tests/torture/stale_seals.h"
#include "tokenizer/fingerprint/fingerprinter.h"
#include "vault/admission/admission.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/engine/rocksdb_engine.h"
#include "vault/keyring_row_store.h"
#include "vault/live_row_keys.h"
#include "vault/records/fingerprint_move.h"
#include "vault/records/index_keys.h"
#include "vault/records/pan_rows.h"
#include "vault/records/row_format.h"
#include "vault/row_keys.h"
#include "vault/sealing/card_sealer.h"
#include "vault/sealing/sealed_fields.h"

namespace cardvault::torture {
namespace {

using storage::v1::CardRecord;
using storage::v1::CredentialRow;
using testing::StoredRow;

// A vault's rooms as far as opening a card needs them.
class OpenedVault final {
 public:
  static absl::StatusOr<std::unique_ptr<OpenedVault>> Open(const testing::VaultProcess& vault) {
    const ParsedConfig parsed =
        ParseConfig(testing::ReadWholeFile(vault.config_path()), vault.directory().path());
    CV_CHECK(parsed.mistakes.empty());
    auto opened = std::unique_ptr<OpenedVault>(new OpenedVault());
    ASSIGN_OR_RETURN(opened->kek_source_, NewKekSource(parsed.config.kek));
    RocksDbOptions options;
    options.path = parsed.config.data_directory;
    ASSIGN_OR_RETURN(opened->engine_, OpenRocksDbEngine(options));
    ASSIGN_OR_RETURN(opened->pipeline_,
                     CommitPipeline::Start(*opened->engine_, opened->holder_, SystemClock(), {}));
    opened->store_ = std::make_unique<KeyringRowStore>(*opened->engine_, *opened->pipeline_);
    KeyringManager::Options manager;
    manager.mode = static_cast<uint32_t>(parsed.config.mode);
    opened->manager_ =
        std::make_unique<KeyringManager>(*opened->store_, opened->holder_, SystemClock(), manager);
    ASSIGN_OR_RETURN(const KekVersionInfo kek, opened->manager_->ReadKek());
    ASSIGN_OR_RETURN(std::shared_ptr<KekProvider> provider,
                     opened->kek_source_->Open(kek.generation));
    ASSIGN_OR_RETURN(const std::optional<Admission> admission, ReadAdmission(*opened->engine_));
    RETURN_IF_ERROR(opened->manager_->Unseal(std::move(provider), AdmissionDigest(admission)));
    ASSIGN_OR_RETURN(opened->keyring_, opened->holder_.Snapshot());
    return opened;
  }

  const Engine& engine() const { return *engine_; }
  const Keyring& keyring() const { return *keyring_; }

 private:
  OpenedVault() = default;

  KeyringHolder holder_;
  std::unique_ptr<KekSource> kek_source_;
  std::unique_ptr<RocksDbEngine> engine_;
  std::unique_ptr<CommitPipeline> pipeline_;
  std::unique_ptr<KeyringRowStore> store_;
  std::unique_ptr<KeyringManager> manager_;
  std::shared_ptr<const Keyring> keyring_;
};

// Where a card's row in the listing by merchant stands when everything moved.
absl::StatusOr<std::string> ListingKey(const Keyring& keyring, const MerchantId& merchant,
                                       const Token& token, const CardRecord& record) {
  ASSIGN_OR_RETURN(const LiveRowKeys keys, LiveRowKeys::Open(keyring));
  return absl::StrCat(IndexKeys(keys.active()).Merchant(merchant),
                      ListPosition(record.create_micros(), token));
}

absl::Status Stale() { return DataLoss("it is not under the newest version"); }

// What `row_keys` gets is the place of the card's fingerprint row.
absl::Status CheckCard(const OpenedVault& vault, const MerchantId& merchant,
                       const AcknowledgedCard& card, const Pan& expected,
                       std::set<std::string>& row_keys) {
  const Keyring& keyring = vault.keyring();
  ASSIGN_OR_RETURN(const Token token, Token::Parse(card.token));
  ASSIGN_OR_RETURN(const std::optional<Row> row,
                   vault.engine().Get(Table::kRecords, token.binary()));
  if (!row.has_value()) return DataLoss("it has no record");
  ASSIGN_OR_RETURN(const CardRecord record, DecodeRow<CardRecord>(row->value));
  ASSIGN_OR_RETURN(const Pan pan,
                   CardSealer::OpenPan(keyring, merchant, token, SealedPanOf(record)));
  ASSIGN_OR_RETURN(const CardProfile profile,
                   CardSealer::OpenProfile(keyring, merchant, token, SealedProfileOf(record)));
  if (profile.cardholder_name.empty()) return DataLoss("its profile has no name");
  ASSIGN_OR_RETURN(const std::shared_ptr<const MacKey> mac,
                   keyring.ActiveMac(KeyPurpose::kFingerprint));
  const std::string fingerprint = Fingerprinter::FingerprintOf(*mac, merchant, pan);
  if (fingerprint != Fingerprinter::FingerprintOf(*mac, merchant, expected)) {
    return DataLoss("it opens, and is another card");
  }
  if (!keyring.IsActive(KeyPurpose::kPan, record.pan().key_version())) return Stale();
  if (!keyring.IsActive(KeyPurpose::kProfile, record.profile().key_version())) return Stale();
  row_keys.insert(FingerprintRowKey(mac->version(), fingerprint));
  ASSIGN_OR_RETURN(const std::string listing, ListingKey(keyring, merchant, token, record));
  ASSIGN_OR_RETURN(const std::optional<Row> listed,
                   vault.engine().Get(Table::kTokenIndex, listing));
  if (!listed.has_value()) return DataLoss("it is not listed under the newest version");
  return absl::OkStatus();
}

std::string TextOf(const absl::Status& status) { return std::string(status.message()); }

}  // namespace

std::map<KeyPurpose, uint32_t> CollectNonces(const std::string& data_directory, NonceBook& nonces,
                                             KeyFindings& findings) {
  std::map<KeyPurpose, uint32_t> newest;
  const TempDir copies;
  const std::string copy = copies.File("data");
  std::filesystem::copy(data_directory, copy, std::filesystem::copy_options::recursive);
  const auto enter = [&](KeyPurpose purpose, uint32_t version, const std::string& sealed) {
    newest[purpose] = std::max(newest[purpose], version);
    const NonceBook::Verdict verdict = nonces.Enter(purpose, version, sealed);
    if (verdict == NonceBook::Verdict::kFine) return;
    findings.Add(
        KeyFinding::Kind::kNonceReused,
        absl::StrCat(PurposeName(purpose), " key ", version,
                     verdict == NonceBook::Verdict::kNonceReused
                         ? " used a nonce twice"
                         : " sealed something after the restore, with who knows which nonce"));
  };
  for (const StoredRow& row : testing::ReadAllRows(copy)) {
    if (row.table == Table::kRecords) {
      const absl::StatusOr<CardRecord> record = DecodeRow<CardRecord>(row.value);
      CV_CHECK(record.ok());
      enter(KeyPurpose::kPan, record->pan().key_version(), record->pan().sealed());
      enter(KeyPurpose::kProfile, record->profile().key_version(), record->profile().sealed());
    } else if (row.table == Table::kCredentials) {
      const absl::StatusOr<CredentialRow> credential = DecodeRow<CredentialRow>(row.value);
      CV_CHECK(credential.ok());
      enter(KeyPurpose::kRouteCredential, credential->key_version(), credential->sealed());
    }
  }
  return newest;
}

void CheckStore(const testing::VaultProcess& vault, const KeySchedule& schedule,
                const CardBook& book, KeyFindings& findings) {
  for (const std::string& stale : FindStaleSeals(testing::ReadAuditLog(vault.data_directory()))) {
    findings.AddUnreadable(stale);
  }
  const std::vector<StoredRow> rows = testing::ReadAllRows(vault.data_directory());
  const absl::StatusOr<std::unique_ptr<OpenedVault>> opened = OpenedVault::Open(vault);
  if (!opened.ok()) {
    findings.AddUnreadable(absl::StrCat("the vault: ", TextOf(opened.status())));
    return;
  }
  const absl::StatusOr<MerchantId> merchant =
      MerchantId::Parse(testing::kMerchant, FieldName("merchant"));
  CV_CHECK(merchant.ok());
  std::set<std::string> expected;
  for (const AcknowledgedCard& card : book.cards()) {
    const absl::StatusOr<Pan> pan = Pan::Parse(schedule.numbers[card.number]);
    CV_CHECK(pan.ok());
    const absl::Status status = CheckCard(**opened, *merchant, card, *pan, expected);
    if (!status.ok()) {
      findings.AddUnreadable(absl::StrCat("token ", card.token, ": ", TextOf(status)));
    }
  }
  for (const StoredRow& row : rows) {
    if (row.table == Table::kFingerprints && expected.erase(row.key) == 0) {
      const absl::StatusOr<uint32_t> version = FingerprintKeyVersion(row.key);
      findings.AddDuplicated(
          absl::StrCat("a fingerprint row under key ", version.value_or(0), " is no card's"));
    }
    if (row.table == Table::kTokenIndex && IndexKeys::IsKeyed(row.key)) {
      const absl::StatusOr<uint32_t> version = RowKeyVersion(row.key, 1);
      if (!version.ok() || !(*opened)->keyring().IsActive(KeyPurpose::kRowIndex, *version)) {
        findings.AddDuplicated("an index row stays under an earlier version of the row-index key");
      }
    }
    if (row.table == Table::kCredentials) {
      const absl::StatusOr<CredentialRow> credential = DecodeRow<CredentialRow>(row.value);
      CV_CHECK(credential.ok());
      if (!(*opened)->keyring().IsActive(KeyPurpose::kRouteCredential, credential->key_version())) {
        findings.AddUnreadable("the route's credential is not under the newest version");
      }
    }
  }
  if (!expected.empty()) {
    findings.AddDuplicated(absl::StrCat(expected.size(), " cards have no fingerprint row"));
  }
}

}  // namespace cardvault::torture
