#include "keys/keyring_document.h"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/secret_bytes.h"
#include "cardvault/storage/v1/keyring.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"
#include "keys/crypto_sizes.h"
#include "keys/key_check_value.h"
#include "keys/testing/fake_kek_provider.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

constexpr auto kDataLoss = absl::StatusCode::kDataLoss;
const absl::Time kCreated = absl::UnixEpoch() + absl::Seconds(1894708800);

// One version of every purpose; of the first purpose a deactivated and a destroyed one too.
KeyringDocument MakeDocument(KekProvider& kek) {
  KeyringDocument document = *NewKeyringDocument("vault-1", 2, kCreated, kek);
  document.revision = 9;
  for (const KeyPurpose purpose : AllPurposes()) {
    document.entries.push_back(*NewKeyringEntry(document, purpose, 3, KeyState::kActive, kCreated,
                                                {.max_uses = kHardMaxUses}, kek));
  }
  document.entries.push_back(*NewKeyringEntry(document, KeyPurpose::kPan, 2, KeyState::kDeactivated,
                                              kCreated, {.max_uses = 1000}, kek));
  document.entries.back().info.reserved_uses = 1000;
  document.entries.push_back(*NewKeyringEntry(document, KeyPurpose::kPan, 1, KeyState::kDestroyed,
                                              kCreated, {.max_uses = 1000}, kek));
  document.entries.back().wrapped.clear();
  document.retired_keks.push_back({.provider = "fake",
                                   .check_value = "0a0b0c",
                                   .create_time = kCreated,
                                   .retired = kCreated,
                                   .destroyed = kCreated});
  return document;
}

// Opens the document and every key in it.
absl::Status OpenAll(absl::string_view bytes, KekProvider& kek) {
  const auto document = OpenKeyringDocument(bytes, kek);
  if (!document.ok()) return document.status();
  for (const KeyringDocument::Entry& entry : document->entries) {
    if (entry.info.state == KeyState::kDestroyed) continue;
    const auto key = UnwrapKeyringEntry(*document, entry, kek);
    if (!key.ok()) return key.status();
  }
  return absl::OkStatus();
}

std::string TextOf(const absl::Status& status) { return std::string(status.message()); }

class KeyringDocumentTest : public testing::Test {
 protected:
  FakeKekProvider kek_;
  KeyringDocument document_ = MakeDocument(kek_);
  const std::string bytes_ = SerializeKeyringDocument(document_);
};

TEST_F(KeyringDocumentTest, OpenReturnsWhatWasSerialized) {
  const auto opened = OpenKeyringDocument(bytes_, kek_);
  ASSERT_THAT(opened, IsOk());
  EXPECT_EQ(opened->revision, 9u);
  EXPECT_EQ(opened->vault_id, "vault-1");
  EXPECT_EQ(opened->mode, 2u);
  EXPECT_EQ(opened->kek.provider, "fake");
  EXPECT_EQ(opened->kek.check_value, kek_.check_value());
  ASSERT_EQ(opened->entries.size(), document_.entries.size());
  for (size_t i = 0; i < opened->entries.size(); ++i) {
    const KeyringDocument::Entry& got = opened->entries[i];
    const KeyringDocument::Entry& want = document_.entries[i];
    EXPECT_EQ(got.info.purpose, want.info.purpose);
    EXPECT_EQ(got.info.version, want.info.version);
    EXPECT_EQ(got.info.state, want.info.state);
    EXPECT_EQ(got.info.create_time, kCreated);
    EXPECT_EQ(got.info.reserved_uses, want.info.reserved_uses);
    EXPECT_EQ(got.info.max_uses, want.info.max_uses);
    EXPECT_EQ(got.info.check_value, want.info.check_value);
    EXPECT_EQ(got.key_id, want.key_id);
    EXPECT_EQ(got.wrapped, want.wrapped);
    if (got.info.state == KeyState::kDestroyed) continue;
    const auto key = UnwrapKeyringEntry(*opened, got, kek_);
    ASSERT_THAT(key, IsOk());
    EXPECT_EQ(KeyCheckValue(*key), got.info.check_value);
  }
  EXPECT_EQ(SerializeKeyringDocument(*opened), bytes_);
}

TEST_F(KeyringDocumentTest, OnlyAeadKeysHaveACeiling) {
  for (const KeyringDocument::Entry& entry : document_.entries) {
    const bool aead = AlgorithmOf(entry.info.purpose) == KeyAlgorithm::kAes256Gcm;
    EXPECT_EQ(entry.info.max_uses > 0, aead) << PurposeName(entry.info.purpose);
  }
}

// K8: all bits of the whole document, one at a time.
TEST_F(KeyringDocumentTest, OpenRejectsEveryFlippedBit) {
  std::string bytes = bytes_;
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    bytes[bit / 8] ^= static_cast<char>(1 << bit % 8);
    ASSERT_THAT(OpenKeyringDocument(bytes, kek_), StatusIs(kDataLoss, ErrorReason::kRecordCorrupt))
        << bit;
    bytes[bit / 8] ^= static_cast<char>(1 << bit % 8);
  }
  EXPECT_THAT(OpenAll(bytes, kek_), IsOk());
}

TEST_F(KeyringDocumentTest, OpenRejectsEveryTruncation) {
  for (size_t size = 0; size < bytes_.size(); ++size) {
    ASSERT_THAT(OpenKeyringDocument(bytes_.substr(0, size), kek_), StatusIs(kDataLoss)) << size;
  }
}

TEST_F(KeyringDocumentTest, OpenRejectsMoreThanTheLimitUnparsed) {
  EXPECT_THAT(OpenKeyringDocument(std::string(kMaxKeyringDocumentSize + 1, '\n'), kek_),
              StatusIs(kDataLoss));
}

// Another value than `field` of `message` has.
void Edit(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  using google::protobuf::FieldDescriptor;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_UINT32:
      reflection.SetUInt32(&message, &field, reflection.GetUInt32(message, &field) + 1);
      break;
    case FieldDescriptor::CPPTYPE_UINT64:
      reflection.SetUInt64(&message, &field, reflection.GetUInt64(message, &field) + 1);
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      reflection.SetInt64(&message, &field, reflection.GetInt64(message, &field) + 1);
      break;
    case FieldDescriptor::CPPTYPE_STRING:
      reflection.SetString(&message, &field, reflection.GetString(message, &field) + "x");
      break;
    default:
      FAIL() << "a field of a type that this test does not know: " << field.full_name();
  }
}

storage::v1::KeyringBody BodyOf(const std::string& bytes) {
  storage::v1::KeyringDocument outer;
  storage::v1::KeyringBody body;
  EXPECT_TRUE(outer.ParseFromString(bytes));
  EXPECT_TRUE(body.ParseFromString(outer.body()));
  return body;
}

// `bytes` with another body under the old MAC: what one can make who writes to the database and
// has no key.
std::string WithBody(const std::string& bytes, const storage::v1::KeyringBody& body) {
  storage::v1::KeyringDocument outer;
  EXPECT_TRUE(outer.ParseFromString(bytes));
  EXPECT_TRUE(body.SerializeToString(outer.mutable_body()));
  return outer.SerializeAsString();
}

// K8: every field of the body and of every entry, found by reflection, so that a new field cannot
// be forgotten here. K2: the mode among them.
TEST_F(KeyringDocumentTest, OpenRejectsEveryEditedField) {
  const std::string edited_text = "the keyring was edited: its state does not verify";
  const std::set<std::string> before_the_mac = {"format_version", "vault_id", "kek_provider",
                                                "kek_check_value", "wrapped_state_key"};
  int fields = 0;
  const storage::v1::KeyringBody body = BodyOf(bytes_);
  const auto* const descriptor = body.GetDescriptor();
  for (int f = 0; f < descriptor->field_count(); ++f) {
    const google::protobuf::FieldDescriptor& field = *descriptor->field(f);
    SCOPED_TRACE(field.name());
    if (field.is_repeated()) {
      const google::protobuf::Reflection& reflection = *body.GetReflection();
      for (int k = 0; k < reflection.FieldSize(body, &field); ++k) {
        const auto* const of_entry = field.message_type();
        for (int e = 0; e < of_entry->field_count(); ++e, ++fields) {
          storage::v1::KeyringBody edited = body;
          Edit(*reflection.MutableRepeatedMessage(&edited, &field, k), *of_entry->field(e));
          const auto opened = OpenKeyringDocument(WithBody(bytes_, edited), kek_);
          EXPECT_THAT(opened, StatusIs(kDataLoss)) << k << " " << of_entry->field(e)->name();
          EXPECT_EQ(TextOf(opened.status()), edited_text);
        }
      }
      continue;
    }
    storage::v1::KeyringBody edited = body;
    Edit(edited, field);
    ++fields;
    const auto opened = OpenKeyringDocument(WithBody(bytes_, edited), kek_);
    EXPECT_THAT(opened, StatusIs(kDataLoss));
    EXPECT_EQ(TextOf(opened.status()) == edited_text, before_the_mac.count(field.name()) == 0);
  }
  EXPECT_EQ(fields, 11 + 11 * 11 + 7);
}

// K8
TEST_F(KeyringDocumentTest, OpenRejectsKeysThatWereSwappedMovedAddedOrTakenAway) {
  const storage::v1::KeyringBody body = BodyOf(bytes_);
  storage::v1::KeyringBody edited = body;
  edited.mutable_keys()->SwapElements(0, 1);
  EXPECT_THAT(OpenKeyringDocument(WithBody(bytes_, edited), kek_), StatusIs(kDataLoss));
  edited = body;
  edited.mutable_keys(0)->mutable_wrapped()->swap(*edited.mutable_keys(1)->mutable_wrapped());
  EXPECT_THAT(OpenKeyringDocument(WithBody(bytes_, edited), kek_), StatusIs(kDataLoss));
  edited = body;
  *edited.add_keys() = body.keys(0);
  EXPECT_THAT(OpenKeyringDocument(WithBody(bytes_, edited), kek_), StatusIs(kDataLoss));
  edited = body;
  edited.mutable_keys()->RemoveLast();
  EXPECT_THAT(OpenKeyringDocument(WithBody(bytes_, edited), kek_), StatusIs(kDataLoss));
}

// K8: who has the state key but not the wrapped keys' contents still cannot give a key another
// place, because each says inside its wrapping where it belongs.
TEST_F(KeyringDocumentTest, UnwrapRejectsAKeyInAnotherPlaceUnderAValidMac) {
  const std::vector<void (*)(KeyringDocument&)> moves = {
      [](KeyringDocument& d) { std::swap(d.entries[0].wrapped, d.entries[1].wrapped); },
      [](KeyringDocument& d) { d.entries[0].wrapped = d.entries[8].wrapped; },
      [](KeyringDocument& d) {
        d.entries[0].info.purpose = KeyPurpose::kProfile,
        d.entries[1].info.purpose = KeyPurpose::kPan;
      },
      [](KeyringDocument& d) { d.entries[0].info.version = 77; },
      [](KeyringDocument& d) { d.entries[0].key_id[5] ^= 1; },
      [](KeyringDocument& d) { d.entries[0].info.create_time += absl::Microseconds(1); },
      [](KeyringDocument& d) { d.entries[0].wrapped = d.wrapped_state_key; },
  };
  for (size_t i = 0; i < moves.size(); ++i) {
    KeyringDocument moved = document_;
    moves[i](moved);
    const absl::Status status = OpenAll(SerializeKeyringDocument(moved), kek_);
    EXPECT_THAT(status, StatusIs(kDataLoss)) << i;
    EXPECT_EQ(TextOf(status), "a key of the keyring is not the one of its entry: swapped") << i;
  }
  KeyringDocument moved = document_;
  moved.vault_id = "vault-2";
  absl::Status status = OpenAll(SerializeKeyringDocument(moved), kek_);
  EXPECT_EQ(TextOf(status), "the keyring's state key is another vault's");
  // With another vault's own state key too.
  moved = document_;
  const KeyringDocument other = *NewKeyringDocument("vault-2", 2, kCreated, kek_);
  moved.vault_id = other.vault_id;
  moved.wrapped_state_key = other.wrapped_state_key;
  moved.state_key = other.state_key;
  status = OpenAll(SerializeKeyringDocument(moved), kek_);
  EXPECT_EQ(TextOf(status), "a key of the keyring is not the one of its entry: swapped");
}

// A mechanism that gives confidentiality and no integrity at all, as some of an HSM's do.
class MalleableKekProvider final : public KekProvider {
 public:
  absl::string_view name() const override { return "malleable"; }
  std::string check_value() const override { return "123456"; }
  absl::StatusOr<std::string> Wrap(const SecretBytes& key) override {
    std::string wrapped(SecretBytesAccess::View(key));
    for (char& c : wrapped) c ^= 0x55;
    return wrapped;
  }
  absl::StatusOr<SecretBytes> Unwrap(absl::string_view wrapped) override {
    std::string key(wrapped);
    for (char& c : key) c ^= 0x55;
    return SecretBytes::CopyOf(key);
  }
};

// K8: the binding holds whatever the mechanism is.
TEST_F(KeyringDocumentTest, UnwrapRejectsSwappedAndChangedKeysUnderAMalleableMechanism) {
  MalleableKekProvider kek;
  const KeyringDocument document = MakeDocument(kek);
  ASSERT_THAT(OpenAll(SerializeKeyringDocument(document), kek), IsOk());
  KeyringDocument moved = document;
  std::swap(moved.entries[0].wrapped, moved.entries[1].wrapped);
  EXPECT_THAT(OpenAll(SerializeKeyringDocument(moved), kek), StatusIs(kDataLoss));
  for (size_t bit = 0; bit < 8 * document.entries[0].wrapped.size(); ++bit) {
    moved = document;
    moved.entries[0].wrapped[bit / 8] ^= static_cast<char>(1 << bit % 8);
    // A flip in the key itself is caught by the check value, one behind it by the binding.
    EXPECT_THAT(OpenAll(SerializeKeyringDocument(moved), kek), StatusIs(kDataLoss)) << bit;
  }
}

TEST_F(KeyringDocumentTest, OpenRejectsAnotherKek) {
  FakeKekProvider other("another KEK for tests");
  const auto opened = OpenKeyringDocument(bytes_, other);
  EXPECT_THAT(opened, StatusIs(kDataLoss));
  EXPECT_EQ(TextOf(opened.status()), "the keyring is wrapped by another KEK");
  // Also one that has the same check value by chance, or by an edit.
  KeyringDocument lying = document_;
  lying.kek.check_value = other.check_value();
  const auto lied = OpenKeyringDocument(SerializeKeyringDocument(lying), other);
  EXPECT_THAT(lied, StatusIs(kDataLoss));
  EXPECT_EQ(TextOf(lied.status()), "the keyring's state key does not unwrap");
}

TEST_F(KeyringDocumentTest, OpenRejectsUnknownFormatVersions) {
  for (const uint32_t version : {0u, 2u, 4000000000u}) {
    storage::v1::KeyringBody body = BodyOf(bytes_);
    body.set_format_version(version);
    storage::v1::KeyringDocument outer;
    ASSERT_TRUE(body.SerializeToString(outer.mutable_body()));
    // Under a good MAC: it is refused for its version.
    outer.set_body_mac(document_.state_key->Mac({"cardvault keyring body v1", outer.body()}));
    const auto opened = OpenKeyringDocument(outer.SerializeAsString(), kek_);
    EXPECT_THAT(opened, StatusIs(kDataLoss));
    EXPECT_EQ(TextOf(opened.status()),
              "the keyring has a format version that this release does not know");
  }
}

TEST_F(KeyringDocumentTest, OpenRejectsImpossibleEntriesUnderAValidMac) {
  const std::vector<void (*)(KeyringDocument&)> mistakes = {
      [](KeyringDocument& d) { d.entries[0].info.version = 0; },
      [](KeyringDocument& d) { d.entries[0].info.purpose = static_cast<KeyPurpose>(0); },
      [](KeyringDocument& d) { d.entries[0].info.purpose = static_cast<KeyPurpose>(10); },
      [](KeyringDocument& d) { d.entries[0].info.state = static_cast<KeyState>(0); },
      [](KeyringDocument& d) { d.entries[0].info.state = static_cast<KeyState>(6); },
      [](KeyringDocument& d) { d.entries[0].info.max_uses = kHardMaxUses + 1; },
      [](KeyringDocument& d) { d.entries[0].info.reserved_uses = kHardMaxUses + 1; },
      [](KeyringDocument& d) { d.entries[9].info.reserved_uses = 1001; },
      [](KeyringDocument& d) { d.entries[2].info.max_uses = 1; },  // a MAC key is not counted
      [](KeyringDocument& d) { d.entries[0].key_id.pop_back(); },
      [](KeyringDocument& d) { d.entries[0].key_id = d.entries[1].key_id; },
      [](KeyringDocument& d) { d.entries[0].info.check_value.clear(); },
      [](KeyringDocument& d) { d.entries[0].wrapped.clear(); },
      [](KeyringDocument& d) { d.entries[10].wrapped = d.entries[0].wrapped; },  // destroyed
      [](KeyringDocument& d) { d.entries[9].info.state = KeyState::kActive; },   // two of them
      [](KeyringDocument& d) { d.entries[8].info.public_key.reset(); },
      [](KeyringDocument& d) { d.entries[0].info.public_key.emplace(); },  // no signing key
      [](KeyringDocument& d) { d.entries.push_back(d.entries[0]); },
  };
  for (size_t i = 0; i < mistakes.size(); ++i) {
    KeyringDocument mistaken = document_;
    mistakes[i](mistaken);
    EXPECT_THAT(OpenKeyringDocument(SerializeKeyringDocument(mistaken), kek_), StatusIs(kDataLoss))
        << i;
  }
  KeyringDocument mistaken = document_;
  mistaken.entries[0].info.check_value = "000000";
  EXPECT_THAT(OpenAll(SerializeKeyringDocument(mistaken), kek_), StatusIs(kDataLoss));
  mistaken = document_;
  mistaken.entries[8].info.public_key->front() ^= 1;
  EXPECT_THAT(OpenAll(SerializeKeyringDocument(mistaken), kek_), StatusIs(kDataLoss));
}

TEST_F(KeyringDocumentTest, ProviderThatDoesNotAnswerIsNotCalledDataLoss) {
  FailingKekProvider failing;
  EXPECT_THAT(OpenKeyringDocument(bytes_, failing), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(NewKeyringDocument("v", 1, kCreated, failing),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(NewKeyringEntry(document_, KeyPurpose::kPan, 4, KeyState::kPreActive, kCreated,
                              {.max_uses = 1}, failing),
              StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace cardvault
