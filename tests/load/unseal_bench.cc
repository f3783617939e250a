#include "tests/load/unseal_bench.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/id.h"
#include "keys/file_kek_provider.h"
#include "keys/key_purpose.h"
#include "keys/keyring.h"
#include "keys/keyring_holder.h"
#include "keys/keyring_manager.h"
#include "keys/testing/fake_keyring_store.h"

namespace cardvault::testing {
namespace {

constexpr double kMillisAtMost = 1000;
// Those of which there may be any number: a token names its MAC key's version in one byte.
constexpr KeyPurpose kPurposes[] = {KeyPurpose::kPan, KeyPurpose::kProfile,
                                    KeyPurpose::kFingerprint, KeyPurpose::kRouteCredential,
                                    KeyPurpose::kCursor};

size_t LiveVersionsOf(const KeyringHolder& holder) {
  return (*holder.Snapshot())->Inventory().size();
}

// Marks versions compromised until there are as many: each is followed by the next, and opens what
// it sealed.
void MakeVersions(int versions, KeyringManager& manager, KeyringHolder& holder,
                  KeyringStore& store) {
  for (uint32_t version = 1; LiveVersionsOf(holder) < static_cast<size_t>(versions); ++version) {
    for (const KeyPurpose purpose : kPurposes) {
      CV_CHECK(manager.Compromise(purpose, version, store).ok());
    }
  }
}

}  // namespace

void MeasureUnseal(const UnsealPlan& plan, const std::string& directory, BenchReport& report) {
  const std::string path = absl::StrCat(directory, "/kek");
  CV_CHECK(CreateKekFile(path).ok());
  const std::shared_ptr<KekProvider> kek = *OpenKekFile(path, 1);
  FakeKeyringStore store;
  size_t versions = 0;
  {
    KeyringHolder holder;
    KeyringManager manager(store, holder, SystemClock(), {});
    CV_CHECK(manager.Create(*VaultId::Parse("vault-bench", "vault_id"), *kek).ok());
    CV_CHECK(manager.Unseal(kek).ok());
    MakeVersions(plan.versions, manager, holder, store);
    versions = LiveVersionsOf(holder);
  }
  std::vector<double> millis;
  for (int round = 0; round < plan.rounds; ++round) {
    KeyringHolder holder;
    KeyringManager manager(store, holder, SystemClock(), {});
    const absl::Time begin = absl::Now();
    CV_CHECK(manager.Unseal(kek).ok());
    millis.push_back(absl::ToDoubleMilliseconds(absl::Now() - begin));
    CV_CHECK(LiveVersionsOf(holder) == versions);
  }
  std::sort(millis.begin(), millis.end());
  const double median = millis[millis.size() / 2];
  report.AddTable(
      {"unseal",
       "Opening a keyring, each key unwrapped by a KEK in a file.",
       {{"versions"}, {"document_kib"}, {"median_ms", 1}, {"highest_ms", 1}},
       {{double(versions), double(store.document()->size()) / 1024, median, millis.back()}}});
  report.AddTarget({"Unseal with 1,000 key versions", median, 1, "ms", kMillisAtMost});
}

}  // namespace cardvault::testing
