// A CVV, and anything derived from it, is never stored (promise 2): every stored value against all
// thousand three-digit codes, and no stored value depends on which code was given.

#include "tests/leak/stored_rows.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "base/check.h"
#include "tests/leak/secret_search.h"
#include "tests/testing/card_generator.h"
#include "tests/testing/child_process.h"
#include "tests/testing/sandbox_process.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/test_requests.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

constexpr char kH2h[] = "h2h";
constexpr char kPraxis[] = "praxis";
constexpr char kExpiry[] = "12/2035";

// What holds the upstream's own words, among them codes of three digits that it chose by itself.
constexpr char kUpstreamsCode[] = "PaymentRecord.error_code";

std::vector<std::string> AllCodes() {
  std::vector<std::string> codes;
  for (int code = 0; code < 1000; ++code) codes.push_back(absl::StrFormat("%03d", code));
  return codes;
}

struct TestCard {
  std::string number;
  std::string token;
  std::string cvv_id;
};

// A vault with its gateways and a few cards that were stored and paid with.
class PaidVault final {
 public:
  PaidVault() : sandbox_(vault_.pki()) {
    CV_CHECK(vault_.Start());
    const std::string ca = vault_.directory().File("ca.pem");
    vault_.ApplyRoute(sandbox_.H2hRoute(kH2h, kMerchant, ca), kH2h, "api_secret", kH2hSecret);
    vault_.ApplyRoute(sandbox_.PraxisRoute(kPraxis, kMerchant, ca), kPraxis, "merchant_secret",
                      kPraxisSecret);
  }

  void Start() { CV_CHECK(vault_.Start()); }

  std::vector<StoredRow> StopAndRead() {
    EXPECT_EQ(vault_.Stop(), 0);
    return ReadAllRows(vault_.data_directory());
  }

  TestCard Store(const std::string& request_id, const std::string& number, const std::string& cvv) {
    v1::TokenizeRequest request = TokenizeOf(request_id, number, cvv);
    request.set_customer_id("customer-1");
    Call call;
    v1::TokenizeResponse response;
    const grpc::Status status = vault_.Ingest()->Tokenize(call, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message() << " " << call.reason();
    EXPECT_FALSE(response.cvv_id().empty());
    return {number, response.token().token(), response.cvv_id()};
  }

  std::string ProvideCvv(const std::string& token, const std::string& cvv) {
    v1::ProvideCvvRequest request;
    request.set_token(token);
    request.set_cvv(cvv);
    Call call;
    v1::ProvideCvvResponse response;
    EXPECT_TRUE(vault_.Ingest()->ProvideCvv(call, request, &response).ok()) << call.reason();
    return response.cvv_id();
  }

  v1::PaymentState Pay(const std::string& route, const std::string& payment_id,
                       const std::string& token, const std::string& cvv_id) {
    v1::PayInRequest request = PayInOf(route, payment_id, token, 1999);
    request.set_cvv_id(cvv_id);
    Call call;
    v1::PayInResponse response;
    const grpc::Status status = vault_.PayIn()->PayIn(call, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message() << " " << call.reason() << " "
                             << call.field();
    return response.payment().state();
  }

 private:
  VaultProcess vault_;
  SandboxProcess sandbox_;
};

// Where a stored field is one of the codes and nothing else.
std::vector<std::string> FieldsThatAreCodes(const std::vector<StoredRow>& rows) {
  std::vector<std::string> found;
  for (const StoredRow& row : rows) {
    for (const StoredField& field : FieldsOf(row)) {
      const bool is_code = field.value.size() == 3 &&
                           std::all_of(field.value.begin(), field.value.end(), absl::ascii_isdigit);
      if (is_code && field.name != kUpstreamsCode) {
        found.push_back(absl::StrCat(TableName(row.table), " ", field.name));
      }
    }
  }
  return found;
}

// Digests that are sought as bytes and in hexadecimal, by their first 16 bytes.
class Digests final {
 public:
  void Add(absl::string_view text) {
    for (const EVP_MD* algorithm : {EVP_sha256(), EVP_sha1(), EVP_md5()}) {
      unsigned char digest[EVP_MAX_MD_SIZE];
      CV_CHECK(EVP_Digest(text.data(), text.size(), digest, nullptr, algorithm, nullptr) == 1);
      digests_.insert(Head(reinterpret_cast<const char*>(digest)));
    }
  }

  void AddHmac(absl::string_view key, absl::string_view text) {
    unsigned char mac[EVP_MAX_MD_SIZE];
    CV_CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                  reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac,
                  nullptr) != nullptr);
    digests_.insert(Head(reinterpret_cast<const char*>(mac)));
  }

  bool FoundIn(absl::string_view bytes) const {
    for (size_t i = 0; i + kHead <= bytes.size(); ++i) {
      if (digests_.contains(Head(bytes.data() + i))) return true;
      const absl::string_view hex = bytes.substr(i, 2 * kHead);
      if (hex.size() == 2 * kHead && std::all_of(hex.begin(), hex.end(), absl::ascii_isxdigit) &&
          digests_.contains(Head(absl::HexStringToBytes(hex).data()))) {
        return true;
      }
    }
    return false;
  }

 private:
  static constexpr size_t kHead = 16;

  static std::pair<uint64_t, uint64_t> Head(const char* bytes) {
    std::pair<uint64_t, uint64_t> head;
    memcpy(&head.first, bytes, sizeof(head.first));
    memcpy(&head.second, bytes + sizeof(head.first), sizeof(head.second));
    return head;
  }

  absl::flat_hash_set<std::pair<uint64_t, uint64_t>> digests_;
};

// Of every code alone and with what is known of each card.
Digests DigestsOfAllCodes(const std::vector<TestCard>& cards) {
  Digests digests;
  for (const std::string& code : AllCodes()) {
    digests.Add(code);
    for (const TestCard& card : cards) {
      for (const std::string& known : {card.number, card.token, absl::StrCat(card.number, kExpiry),
                                       absl::StrCat(card.number, "1235")}) {
        digests.Add(absl::StrCat(known, code));
        digests.Add(absl::StrCat(code, known));
        digests.AddHmac(known, code);
      }
    }
  }
  return digests;
}

int RowsWithDigest(const std::vector<StoredRow>& rows, const Digests& digests) {
  return static_cast<int>(std::count_if(rows.begin(), rows.end(), [&](const StoredRow& row) {
    return digests.FoundIn(row.key) || digests.FoundIn(row.value);
  }));
}

// Rows that are not the log's, nor count how much the keys were used.
std::vector<StoredRow> RowsOfCards(const std::vector<StoredRow>& rows) {
  std::vector<StoredRow> kept;
  for (const StoredRow& row : rows) {
    if (row.table != Table::kAuditLeaves && row.table != Table::kAuditNodes &&
        row.table != Table::kAuditCheckpoints && row.table != Table::kKeys) {
      kept.push_back(row);
    }
  }
  return kept;
}

std::multiset<std::string> Shapes(const std::vector<StoredRow>& rows) {
  std::multiset<std::string> shapes;
  for (const StoredRow& row : rows) shapes.insert(ShapeOf(row));
  return shapes;
}

TEST(StoredRowsTest, NoStoredValueIsACodeOrADigestOfOne) {
  CardGenerator generator = CardGenerator::FromEnvironment();
  PaidVault vault;
  std::vector<TestCard> cards;
  // Codes that make the gateways decline are among them: their answers are stored too.
  const std::vector<std::string> codes = {"568", "000", "333", "801", "444", "123", "999", "017"};
  for (int i = 0; i < 24; ++i) {
    const std::string& code = codes[i % codes.size()];
    cards.push_back(vault.Store(absl::StrCat("r-", i), generator.Pan(), code));
    if (i % 2 == 0) cards.back().cvv_id = vault.ProvideCvv(cards.back().token, generator.Cvv());
    vault.Pay(i % 3 == 0 ? kH2h : kPraxis, absl::StrCat("p-", i), cards.back().token,
              cards.back().cvv_id);
  }
  std::vector<StoredRow> rows = vault.StopAndRead();
  ASSERT_GT(rows.size(), 24u * 5);

  EXPECT_TRUE(FieldsThatAreCodes(rows).empty()) << FieldsThatAreCodes(rows).front();

  const Digests digests = DigestsOfAllCodes(cards);
  EXPECT_EQ(RowsWithDigest(rows, digests), 0);

  TempDir directory;
  SecretSearch search(directory.File("output"));
  for (const std::string& code : AllCodes()) search.AddCvv(code);
  for (const TestCard& card : cards) search.AddCard(card.number);
  std::string bytes;
  for (const StoredRow& row : rows) absl::StrAppend(&bytes, row.key, row.value);
  WriteWholeFile(directory.File("rows"), bytes);
  EXPECT_EQ(search.Run({directory.File("rows")}).exit_code, 0);

  // Each way of looking sees what is planted.
  EXPECT_EQ(FieldsThatAreCodes({{Table::kTokenIndex, "m", "568"}}).size(), 1u);
  std::string digest(32, '\0');
  EVP_Digest("568", 3, reinterpret_cast<unsigned char*>(digest.data()), nullptr, EVP_sha256(),
             nullptr);
  EXPECT_EQ(RowsWithDigest({{Table::kRecords, "k", "x" + digest + "x"},
                            {Table::kRecords, "k", "x" + absl::BytesToHexString(digest) + "x"},
                            {Table::kRecords, digest, ""},
                            {Table::kRecords, "k", digest.substr(0, 15)}},
                           digests),
            3);
  WriteWholeFile(directory.File("rows"), bytes + "\x2a\x03" + "568");
  EXPECT_EQ(search.Run({directory.File("rows")}).exit_code, 1);
}

TEST(StoredRowsTest, RepeatWithAnotherCodeChangesNoRow) {
  CardGenerator generator = CardGenerator::FromEnvironment();
  PaidVault vault;
  std::map<std::string, TestCard> cards;
  for (int i = 0; i < 4; ++i) {
    const std::string request_id = absl::StrCat("r-", i);
    cards[request_id] = vault.Store(request_id, generator.Pan(), "568");
  }
  const std::vector<StoredRow> before = RowsOfCards(vault.StopAndRead());

  // Idempotency and fingerprint rows are HMACs under the same keys: would they cover the code, the
  // repeat would be another request.
  vault.Start();
  for (const auto& [request_id, card] : cards) {
    for (int i = 0; i < 10; ++i) {
      EXPECT_EQ(vault.Store(request_id, card.number, generator.Cvv()).token, card.token);
    }
  }
  const std::vector<StoredRow> after = RowsOfCards(vault.StopAndRead());
  ASSERT_EQ(after.size(), before.size());
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_TRUE(after[i] == before[i]) << TableName(before[i].table);
  }
}

TEST(StoredRowsTest, VaultsThatDifferInCodesAloneHaveRowsOfTheSameShape) {
  CardGenerator generator = CardGenerator::FromEnvironment();
  std::vector<std::string> numbers;
  for (int i = 0; i < 6; ++i) numbers.push_back(generator.Pan());

  std::vector<std::multiset<std::string>> shapes;
  for (const std::vector<std::string>& codes :
       {std::vector<std::string>{"568", "123", "999"}, {"017", "702", "310"}}) {
    PaidVault vault;
    for (size_t i = 0; i < numbers.size(); ++i) {
      const TestCard card = vault.Store(absl::StrCat("r-", i), numbers[i], codes[i % 3]);
      EXPECT_EQ(
          vault.Pay(i % 2 == 0 ? kH2h : kPraxis, absl::StrCat("p-", i), card.token, card.cvv_id),
          v1::PAYMENT_STATE_APPROVED);
      vault.ProvideCvv(card.token, codes[(i + 1) % 3]);
    }
    shapes.push_back(Shapes(vault.StopAndRead()));
  }
  EXPECT_EQ(shapes[0], shapes[1]);
}

}  // namespace
}  // namespace cardvault::testing
