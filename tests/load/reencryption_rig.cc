#include "tests/load/reencryption_rig.h"

#include <time.h>

#include <algorithm>
#include <chrono>  // NOLINT(build/c++11)
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/id.h"
#include "card/brand.h"
#include "card/card_profile.h"
#include "card/expiry.h"
#include "card/fingerprint.h"
#include "card/pan.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "keys/keyring.h"
#include "keys/testing/test_keyring.h"
#include "reencryption/reencryption_job.h"
#include "tests/load/bare_reencryption.h"
#include "tests/testing/card_generator.h"
#include "tokenizer/fingerprint/fingerprinter.h"
#include "tokenizer/token_minter.h"
#include "vault/records/card_tables.h"
#include "vault/records/pan_rows.h"
#include "vault/records/reuse.h"
#include "vault/sealing/card_sealer.h"
#include "vault/sealing/sealed_fields.h"

namespace cardvault::testing {
namespace {

using storage::v1::CardRecord;

constexpr char kVaultId[] = "vault-abcdefghijklmnopqrstuvwxyzabcdef";  // as long as a vault's own
constexpr int kCardsPerSet = 256;
constexpr uint64_t kSeed = 20301;

template <typename T>
T Must(absl::StatusOr<T> value) {
  CV_CHECK(value.ok());
  return *std::move(value);
}

// Of all threads; finer than what Linux tells of other processes.
absl::Duration ProcessorTime() {
  timespec time{};
  CV_CHECK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0);
  return absl::DurationFromTimespec(time);
}

// Times what `work` does.
template <typename Work>
MovedRows Timed(uint64_t rows, Work work) {
  MovedRows moved;
  moved.rows = rows;
  const absl::Duration processor = ProcessorTime();
  const auto begin = std::chrono::steady_clock::now();
  work();
  moved.took = absl::FromChrono(std::chrono::steady_clock::now() - begin);
  moved.processor = ProcessorTime() - processor;
  return moved;
}

}  // namespace

ReencryptionRig::ReencryptionRig(int card_count) : card_count_(card_count) {
  RocksDbOptions options;
  options.path = directory_.File("vault");
  options.create_if_missing = true;
  engine_ = Must(OpenRocksDbEngine(options));
  keyring_.Set(MakeTestKeyring(kVaultId, version_));
  pipeline_ = Must(CommitPipeline::Start(*engine_, keyring_, SystemClock(), {}));
  for (int first = 0; first < card_count; first += kCardsPerSet) {
    StoreCards(first, std::min(kCardsPerSet, card_count - first));
  }
}

ReencryptionRig::~ReencryptionRig() { pipeline_->Stop(); }

void ReencryptionRig::StoreCards(int first, int count) {
  static CardGenerator* const generator = new CardGenerator(kSeed);  // never destroyed
  const auto tables = Must(CardTables::Open(*engine_, keyring_, VaultMode::kSandbox));
  const Keyring& keyring = tables->keyring();
  const auto fingerprint_key = Must(keyring.ActiveMac(KeyPurpose::kFingerprint));
  WriteSet set;
  set.leaves.push_back(AuditLeaf{.action = AuditAction::kTokenCreated});
  for (int i = first; i < first + count; ++i) {
    const MerchantId merchant = Must(MerchantId::Parse(absl::StrCat("merchant-", i % 10), "m"));
    const Token token = Must(TokenMinter::Mint(keyring, merchant, VaultMode::kSandbox));
    const Pan pan = Must(Pan::Parse(generator->Pan()));
    const TruncatedPan shown = pan.Truncate(BinLength::kSix);
    PanEntry entry;
    entry.row_key = FingerprintRowKey(
        fingerprint_key->version(), Fingerprinter::FingerprintOf(*fingerprint_key, merchant, pan));
    entry.fingerprint = Fingerprint::Allot().text();
    CardRecord record;
    record.set_merchant(merchant.value());
    record.set_state(CardRecord::STATE_ACTIVE);
    record.set_brand(static_cast<uint32_t>(pan.brand()));
    record.set_bin(shown.bin);
    record.set_last_four(shown.last_four);
    record.set_digit_count(static_cast<uint32_t>(shown.digit_count));
    record.set_fingerprint(entry.fingerprint);
    record.set_reuse(static_cast<uint32_t>(Reuse::kNone));
    record.set_create_micros(absl::ToUnixMicros(SystemClock().Now()));
    record.set_update_micros(record.create_micros());
    record.set_pan_generation(1);
    PutSealedPan(Must(CardSealer::SealPan(keyring, merchant, token, pan)), record);
    PutSealedProfile(
        Must(CardSealer::SealProfile(keyring, merchant, token,
                                     CardProfile{Must(Expiry::Create(12, 2035)), "Ada Lovelace"})),
        record);
    CV_CHECK(tables->rows().Add(token, record, entry, ReuseSlot{}, set).ok());
  }
  CV_CHECK(pipeline_->SubmitAndWait(std::move(set)).committed());
}

MovedRows ReencryptionRig::Reencrypt(KeyPurpose purpose) {
  keyring_.Set(MakeTestKeyring(kVaultId, ++version_));
  ReencryptionJob job(*engine_, *pipeline_, keyring_, SystemClock(), {.rows_per_second = 0});
  CV_CHECK(job.ResumeStored().ok());
  CV_CHECK(job.Start(purpose, {"bench", "", ""}).ok());
  // Counting is not moving.
  while (!job.GetProgress().is_counted) job.Step();
  const auto rows = static_cast<uint64_t>(card_count_);
  MovedRows moved = Timed(rows, [&] {
    while (job.GetProgress().done_count < rows) job.Step();
  });
  while (job.GetProgress().state == ReencryptionState::kRunning) job.Step();
  CV_CHECK(job.GetProgress().state == ReencryptionState::kDone);
  CV_CHECK(job.GetProgress().done_count == rows && job.GetProgress().failed_count == 0);
  return moved;
}

MovedRows ReencryptionRig::Ceiling(KeyPurpose purpose) {
  const bool is_pan = purpose == KeyPurpose::kPan;
  const std::vector<KeyedRow> sample = Must(engine_->Scan(Table::kRecords, "", "", 1));
  CardRecord record;
  CV_CHECK(sample.size() == 1 && record.ParseFromString(sample[0].row.value));
  const size_t sealed = (is_pan ? record.pan() : record.profile()).sealed().size();
  BareReencryption bare(directory_.File(absl::StrCat("ceiling-", ceilings_++)),
                        {.plaintext_size = sealed - 12 - 16,
                         .key_size = sample[0].key.size(),
                         .value_size = sample[0].row.value.size() + 8,
                         .rows_per_batch = kCardsPerSet});
  return Timed(static_cast<uint64_t>(card_count_), [&] { bare.Run(card_count_); });
}

}  // namespace cardvault::testing
