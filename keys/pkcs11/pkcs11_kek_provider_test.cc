#include "keys/pkcs11/pkcs11_kek_provider.h"

#include <p11-kit-1/p11-kit/pkcs11.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/id.h"
#include "base/secret_bytes.h"
#include "base/testing/fake_clock.h"
#include "gtest/gtest.h"
#include "keys/kek_provider.h"
#include "keys/keyring_holder.h"
#include "keys/keyring_manager.h"
#include "keys/pkcs11/pkcs11_kek_options.h"
#include "keys/pkcs11/pkcs11_module.h"
#include "keys/pkcs11/token_gcm.h"
#include "keys/testing/fake_keyring_store.h"
#include "keys/testing/soft_hsm.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;
constexpr auto kDataLoss = absl::StatusCode::kDataLoss;

// As the keyring has them: a key and its digest.
constexpr absl::string_view kKey =
    "a key of thirty-two bytes: secret, and its digest: binds it, too";
static_assert(kKey.size() == 64);

// kKey under 32 times `k` and the nonce 00 to 0b, made by another implementation of AES.
constexpr absl::string_view kGoldenWrapped =
    "01000102030405060708090a0b0bfd9f4b7df0e91363ef3be316b171758c99d544fe1fe8e0dc46c9d69549e64dd9"
    "141387f841397980a0511ed7281abc63f79bf1e8364459df062babbfa70eecc06441705753448b6cf24c18ecfbd0"
    "7b";
constexpr absl::string_view kGoldenCheckValue = "e4fcb2";

class Pkcs11KekProviderTest : public testing::Test {
 protected:
  static absl::StatusOr<std::shared_ptr<HsmToken>> Token() {
    return HsmToken::Open(SoftHsm::module(), SoftHsm::options().token_label, SoftHsm::pin());
  }
  absl::Status Create(const std::string& label = "kek") {
    const auto token = Token();
    if (!token.ok()) return token.status();
    return CreatePkcs11Kek(**token, SoftHsm::options(label), 1);
  }
  absl::StatusOr<std::unique_ptr<KekProvider>> Open(const Pkcs11KekOptions& options) {
    const auto token = HsmToken::Open(SoftHsm::module(), options.token_label, SoftHsm::pin());
    if (!token.ok()) return token.status();
    return OpenPkcs11Kek(*token, options, 1);
  }
  absl::StatusOr<std::unique_ptr<KekProvider>> Open(const std::string& label = "kek") {
    return Open(SoftHsm::options(label));
  }
  static bool IsTheKey(const absl::StatusOr<SecretBytes>& opened) {
    return opened.ok() && SecretBytesAccess::View(*opened) == kKey;
  }
  static std::string TextOf(const absl::Status& status) { return std::string(status.message()); }

  // What opening a KEK like this is refused with.
  std::string RefusalOf(const SoftHsm::Key& key) {
    hsm_.MakeKey(key);
    const auto opened = Open(key.label);
    EXPECT_THAT(opened, StatusIs(kPrecondition, ErrorReason::kPolicy));
    return TextOf(opened.status());
  }

  SoftHsm hsm_;
  const SecretBytes key_ = SecretBytes::CopyOf(kKey);
};

// K3
TEST_F(Pkcs11KekProviderTest, WrapsAndUnwrapsAcrossOpens) {
  ASSERT_THAT(Create(), IsOk());
  std::string wrapped;
  std::string check_value;
  {
    const auto kek = Open();
    ASSERT_THAT(kek, IsOk());
    EXPECT_EQ((*kek)->name(), "pkcs11");
    check_value = (*kek)->check_value();
    wrapped = (*kek)->Wrap(key_).value();
    EXPECT_NE((*kek)->Wrap(key_).value(), wrapped);  // under another nonce
  }
  EXPECT_EQ(check_value.size(), 6u);
  for (const char c : check_value) EXPECT_TRUE(absl::ascii_isxdigit(c));
  EXPECT_EQ(wrapped.find("secret"), std::string::npos);
  const auto again = Open();
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ((*again)->check_value(), check_value);
  EXPECT_TRUE(IsTheKey((*again)->Unwrap(wrapped)));
}

// The format, pinned: docs/formats/kek_pkcs11.md.
TEST_F(Pkcs11KekProviderTest, OpensTheGoldenBytes) {
  hsm_.MakeKey({});  // 32 times `k`
  const auto kek = Open();
  ASSERT_THAT(kek, IsOk());
  EXPECT_EQ((*kek)->check_value(), kGoldenCheckValue);
  const auto opened = (*kek)->Unwrap(absl::HexStringToBytes(kGoldenWrapped));
  ASSERT_THAT(opened, IsOk());
  EXPECT_TRUE(IsTheKey(opened));
  const std::string wrapped = (*kek)->Wrap(key_).value();
  EXPECT_EQ(wrapped.size(), 93u);
  EXPECT_EQ(wrapped[0], '\x01');
}

// K8
TEST_F(Pkcs11KekProviderTest, UnwrapRejectsAnotherKeksAndChangedBytes) {
  ASSERT_THAT(Create(), IsOk());
  ASSERT_THAT(Create("other"), IsOk());
  std::string wrapped;
  std::string check_value;
  {
    const auto kek = Open();
    ASSERT_THAT(kek, IsOk());
    check_value = (*kek)->check_value();
    wrapped = (*kek)->Wrap(key_).value();
    for (size_t bit = 0; bit < 8 * wrapped.size(); ++bit) {
      wrapped[bit / 8] ^= static_cast<char>(1 << bit % 8);
      EXPECT_THAT((*kek)->Unwrap(wrapped), StatusIs(kDataLoss)) << bit;
      wrapped[bit / 8] ^= static_cast<char>(1 << bit % 8);
    }
    for (size_t size = 0; size < wrapped.size(); ++size) {
      EXPECT_THAT((*kek)->Unwrap(wrapped.substr(0, size)), StatusIs(kDataLoss)) << size;
    }
    EXPECT_THAT((*kek)->Unwrap(wrapped + std::string(kMaxTokenWrapSize, 'x')), StatusIs(kDataLoss));
    EXPECT_TRUE(IsTheKey((*kek)->Unwrap(wrapped)));
  }
  const auto other = Open("other");
  ASSERT_THAT(other, IsOk());
  EXPECT_NE((*other)->check_value(), check_value);
  EXPECT_THAT((*other)->Unwrap(wrapped), StatusIs(kDataLoss));
}

TEST_F(Pkcs11KekProviderTest, WrapTakesKeysOfOneByteToTheBound) {
  ASSERT_THAT(Create(), IsOk());
  const auto kek = Open();
  ASSERT_THAT(kek, IsOk());
  for (const size_t size : {size_t{1}, size_t{32}, kMaxTokenWrapSize}) {
    const auto wrapped = (*kek)->Wrap(SecretBytes::CopyOf(std::string(size, 's')));
    ASSERT_THAT(wrapped, IsOk()) << size;
    EXPECT_EQ((*kek)->Unwrap(*wrapped).value().size(), size);
  }
  EXPECT_THAT((*kek)->Wrap(SecretBytes()), StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT((*kek)->Wrap(SecretBytes::Zeros(kMaxTokenWrapSize + 1)),
              StatusIs(absl::StatusCode::kInternal));
}

TEST_F(Pkcs11KekProviderTest, CreateNeverReplacesAKey) {
  const auto has = []() -> absl::StatusOr<bool> {
    const auto token = Token();
    if (!token.ok()) return token.status();
    return HasPkcs11Kek(**token, SoftHsm::options(), 1);
  };
  EXPECT_THAT(has(), IsOkAndHolds(false));
  ASSERT_THAT(Create(), IsOk());
  EXPECT_THAT(has(), IsOkAndHolds(true));
  const std::string wrapped = Open().value()->Wrap(key_).value();
  EXPECT_THAT(Create(), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_TRUE(IsTheKey(Open().value()->Unwrap(wrapped)));
  hsm_.MakeKey({.label = "no kek", .size_bytes = 16});
  EXPECT_THAT(Create("no kek"), StatusIs(absl::StatusCode::kAlreadyExists));
}

// K1, K3: what CreatePkcs11Kek makes passes every demand on a KEK, and is not read by its user.
TEST_F(Pkcs11KekProviderTest, CreatedKeyCannotBeReadNorMadeReadable) {
  ASSERT_THAT(Create(), IsOk());
  hsm_.WithKey("kek", [](const CK_FUNCTION_LIST& functions, CK_SESSION_HANDLE session,
                         CK_OBJECT_HANDLE kek) {
    char value[64];
    CK_ATTRIBUTE read{CKA_VALUE, value, sizeof(value)};
    EXPECT_EQ(functions.C_GetAttributeValue(session, kek, &read, 1),
              CK_RV{CKR_ATTRIBUTE_SENSITIVE});
    CK_BBOOL yes = CK_TRUE;
    CK_BBOOL no = CK_FALSE;
    CK_ATTRIBUTE extractable{CKA_EXTRACTABLE, &yes, 1};
    EXPECT_NE(functions.C_SetAttributeValue(session, kek, &extractable, 1), CK_RV{CKR_OK});
    CK_ATTRIBUTE sensitive{CKA_SENSITIVE, &no, 1};
    EXPECT_NE(functions.C_SetAttributeValue(session, kek, &sensitive, 1), CK_RV{CKR_OK});
    CK_ATTRIBUTE wraps{CKA_WRAP, &yes, 1};
    EXPECT_NE(functions.C_SetAttributeValue(session, kek, &wraps, 1), CK_RV{CKR_OK});
    CK_BBOOL never_extractable = CK_FALSE;
    CK_ATTRIBUTE history{CKA_NEVER_EXTRACTABLE, &never_extractable, 1};
    EXPECT_EQ(functions.C_GetAttributeValue(session, kek, &history, 1), CK_RV{CKR_OK});
    EXPECT_EQ(never_extractable, CK_TRUE);
  });
}

TEST_F(Pkcs11KekProviderTest, OpenSaysWhatIsMissing) {
  const auto no_key = Open();
  EXPECT_THAT(no_key, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(TextOf(no_key.status()), "the HSM's token has no KEK of the configured label");

  Pkcs11KekOptions elsewhere = SoftHsm::options();
  elsewhere.token_label = "another token";
  const auto no_token = Open(elsewhere);
  EXPECT_THAT(no_token, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(TextOf(no_token.status()), "no token of the HSM has the label of the configuration");
}

TEST_F(Pkcs11KekProviderTest, OpenFindsTheTokenByItsLabelAmongOthers) {
  hsm_.MakeToken("before");
  hsm_.MakeToken("cardvault test too");
  ASSERT_THAT(Create(), IsOk());
  EXPECT_THAT(Open(), IsOk());
  hsm_.MakeToken(SoftHsm::kTokenLabel);
  const auto ambiguous = Open();
  EXPECT_THAT(ambiguous, StatusIs(kPrecondition, ErrorReason::kPolicy));
  EXPECT_EQ(TextOf(ambiguous.status()),
            "several tokens of the HSM have the label of the configuration");
}

TEST_F(Pkcs11KekProviderTest, OpenTakesTheIdWhenSeveralKeysHaveTheLabel) {
  hsm_.MakeKey({.id = "one"});
  hsm_.MakeKey({.id = "two"});
  const auto ambiguous = Open();
  EXPECT_THAT(ambiguous, StatusIs(kPrecondition, ErrorReason::kPolicy));
  EXPECT_EQ(TextOf(ambiguous.status()),
            "several keys in the HSM's token have the KEK's label: configure its id too");
  Pkcs11KekOptions options = SoftHsm::options();
  options.kek.id = "two";
  EXPECT_THAT(Open(options), IsOk());
  options.kek.id = "three";
  EXPECT_THAT(Open(options), StatusIs(absl::StatusCode::kNotFound));
}

// K1, K3
TEST_F(Pkcs11KekProviderTest, OpenRefusesAKeyThatIsNotAsAKekMustBe) {
  EXPECT_EQ(RefusalOf({.label = "generic", .type = CKK_GENERIC_SECRET}),
            "the KEK in the HSM is not an AES key");
  EXPECT_EQ(RefusalOf({.label = "short", .size_bytes = 16}),
            "the KEK in the HSM is not one of 256 bits");
  EXPECT_EQ(RefusalOf({.label = "extractable", .extractable = true}),
            "the KEK in the HSM is extractable or not sensitive: it could leave the HSM");
  EXPECT_EQ(RefusalOf({.label = "not sensitive", .sensitive = false}),
            "the KEK in the HSM is extractable or not sensitive: it could leave the HSM");
  EXPECT_EQ(RefusalOf({.label = "decrypts alone", .encrypts = false}),
            "the KEK in the HSM may not encrypt and decrypt");
  EXPECT_EQ(RefusalOf({.label = "encrypts alone", .decrypts = false}),
            "the KEK in the HSM may not encrypt and decrypt");
}

TEST_F(Pkcs11KekProviderTest, OpenRefusesAWrongPinAndDoesNotTryItAgain) {
  ASSERT_THAT(Create(), IsOk());
  const auto refused = HsmToken::Open(SoftHsm::module(), SoftHsm::options().token_label,
                                      SecretBytes::CopyOf("0000"));
  EXPECT_THAT(refused, StatusIs(kPrecondition, ErrorReason::kPolicy));
  EXPECT_EQ(TextOf(refused.status()),
            "the HSM's token refuses the PIN; it is not tried again, for wrong ones lock the "
            "token");
  EXPECT_THAT(Open(), IsOk());  // the module is left as it was found
}

TEST_F(Pkcs11KekProviderTest, LoadSaysWhatIsNoModule) {
  EXPECT_THAT(Pkcs11Module::Load("/nowhere/module.so"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Pkcs11Module::Load("libm.so.6"), StatusIs(kPrecondition, ErrorReason::kPolicy));
}

TEST_F(Pkcs11KekProviderTest, OpenRefusesAModuleThatIsInUse) {
  ASSERT_THAT(Create(), IsOk());
  const auto kek = Open();
  ASSERT_THAT(kek, IsOk());
  EXPECT_THAT(Open(), StatusIs(kPrecondition, ErrorReason::kPolicy));
  EXPECT_THAT((*kek)->Wrap(key_), IsOk());  // whose sessions were not touched
}

TEST_F(Pkcs11KekProviderTest, ThreadsWrapAndUnwrapAtOnce) {
  ASSERT_THAT(Create(), IsOk());
  const auto kek = Open();
  ASSERT_THAT(kek, IsOk());
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        const auto wrapped = (*kek)->Wrap(key_);
        if (wrapped.ok() && IsTheKey((*kek)->Unwrap(*wrapped))) ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 8 * 50);
}

TEST_F(Pkcs11KekProviderTest, ConnectsAnewWhenTheModuleWasRestarted) {
  ASSERT_THAT(Create(), IsOk());
  const auto kek = Open();
  ASSERT_THAT(kek, IsOk());
  const std::string wrapped = (*kek)->Wrap(key_).value();
  const auto underneath = SoftHsm::module();
  underneath->functions().C_Finalize(nullptr);
  EXPECT_TRUE(IsTheKey((*kek)->Unwrap(wrapped)));
  underneath->functions().C_Finalize(nullptr);
  ASSERT_THAT(underneath->Start(), IsOk());
  EXPECT_TRUE(IsTheKey((*kek)->Unwrap(wrapped)));
  EXPECT_THAT((*kek)->Wrap(key_), IsOk());
}

TEST_F(Pkcs11KekProviderTest, RefusesTheKeyOfATokenThatWasMadeAnew) {
  ASSERT_THAT(Create(), IsOk());
  const auto kek = Open();
  ASSERT_THAT(kek, IsOk());
  const std::string wrapped = (*kek)->Wrap(key_).value();
  const auto underneath = SoftHsm::module();
  underneath->functions().C_Finalize(nullptr);
  hsm_.DeleteTokens();
  EXPECT_THAT((*kek)->Unwrap(wrapped), StatusIs(absl::StatusCode::kUnavailable));
  hsm_.MakeToken(SoftHsm::kTokenLabel);
  EXPECT_THAT((*kek)->Unwrap(wrapped), StatusIs(absl::StatusCode::kUnavailable));
  underneath->functions().C_Finalize(nullptr);
  ASSERT_THAT(Create(), IsOk());
  const auto refused = (*kek)->Unwrap(wrapped);
  EXPECT_THAT(refused, StatusIs(kPrecondition, ErrorReason::kPolicy));
  EXPECT_EQ(TextOf(refused.status()), "the HSM has another KEK under the configured label now");
}

// The next KEK stands beside the one in use, over the same login; the first one is deleted when it
// has nothing to open any more.
TEST_F(Pkcs11KekProviderTest, KeksOfTwoGenerationsAreUsedAtOnce) {
  const auto token = Token();
  ASSERT_THAT(token, IsOk());
  const Pkcs11KekOptions options = SoftHsm::options();
  ASSERT_THAT(CreatePkcs11Kek(**token, options, 1), IsOk());
  const auto first = OpenPkcs11Kek(*token, options, 1);
  ASSERT_THAT(first, IsOk());
  EXPECT_FALSE(*HasPkcs11Kek(**token, options, 2));
  ASSERT_THAT(CreatePkcs11Kek(**token, options, 2), IsOk());
  EXPECT_TRUE(*HasPkcs11Kek(**token, options, 2));
  const auto second = OpenPkcs11Kek(*token, options, 2);
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ((*first)->generation(), 1u);
  EXPECT_EQ((*second)->generation(), 2u);
  EXPECT_NE((*first)->check_value(), (*second)->check_value());
  const auto wrapped = (*second)->Wrap(SecretBytes::CopyOf("key"));
  ASSERT_THAT(wrapped, IsOk());
  EXPECT_THAT((*first)->Unwrap(*wrapped), StatusIs(kDataLoss));
  EXPECT_THAT((*second)->Unwrap(*wrapped), IsOk());

  EXPECT_THAT(DestroyPkcs11Kek(**token, options, 1, (*second)->check_value()),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kKeyState));
  EXPECT_TRUE(*HasPkcs11Kek(**token, options, 1));
  ASSERT_THAT(DestroyPkcs11Kek(**token, options, 1, (*first)->check_value()), IsOk());
  EXPECT_FALSE(*HasPkcs11Kek(**token, options, 1));
  EXPECT_THAT((*second)->Unwrap(*wrapped), IsOk());
  EXPECT_THAT(DestroyPkcs11Kek(**token, options, 1, (*first)->check_value()),
              StatusIs(absl::StatusCode::kNotFound));
}

// Two tokens of one HSM at once, as while a KEK moves from one to the other: neither takes the
// module from the other, and both come back when it was lost.
TEST_F(Pkcs11KekProviderTest, TwoTokensShareTheirModule) {
  hsm_.MakeToken("the next");
  const auto open =
      [](const Pkcs11KekOptions& options) -> absl::StatusOr<std::unique_ptr<KekProvider>> {
    const auto module = Pkcs11Module::Share(SoftHsm::kModulePath);
    if (!module.ok()) return module.status();
    const auto token = HsmToken::Open(*module, options.token_label, SoftHsm::pin());
    if (!token.ok()) return token.status();
    const absl::Status created = CreatePkcs11Kek(**token, options, 1);
    if (!created.ok()) return created;
    return OpenPkcs11Kek(*token, options, 1);
  };
  Pkcs11KekOptions next = SoftHsm::options();
  next.token_label = "the next";
  auto kek = open(SoftHsm::options());
  ASSERT_THAT(kek, IsOk());
  auto other = open(next);
  ASSERT_THAT(other, IsOk());
  const std::string wrapped = (*kek)->Wrap(key_).value();
  const std::string others = (*other)->Wrap(key_).value();
  EXPECT_THAT((*other)->Unwrap(wrapped), StatusIs(kDataLoss));
  // A token is logged in at once.
  const auto again = Pkcs11Module::Share(SoftHsm::kModulePath);
  ASSERT_THAT(again, IsOk());
  EXPECT_FALSE(HsmToken::Open(*again, next.token_label, SoftHsm::pin()).ok());

  for (int i = 0; i < 2; ++i) {
    (*again)->functions().C_Finalize(nullptr);
    EXPECT_TRUE(IsTheKey((*kek)->Unwrap(wrapped)));
    EXPECT_TRUE(IsTheKey((*other)->Unwrap(others)));
    EXPECT_TRUE(IsTheKey((*kek)->Unwrap(wrapped)));
  }
  // The one's going leaves the other as it is.
  kek->reset();
  EXPECT_TRUE(IsTheKey((*other)->Unwrap(others)));
  other->reset();
  EXPECT_THAT(Open(), IsOk());
}

// K8: the whole of a keyring's life under an HSM.
TEST_F(Pkcs11KekProviderTest, KeyringIsMadeAndOpened) {
  ASSERT_THAT(Create(), IsOk());
  ASSERT_THAT(Create("other"), IsOk());
  FakeKeyringStore store;
  FakeClock clock;
  {
    const auto kek = Open();
    ASSERT_THAT(kek, IsOk());
    KeyringHolder holder;
    KeyringManager manager(store, holder, clock, {});
    ASSERT_THAT(manager.Create(*VaultId::Parse("vault-1", "vault_id"), **kek), IsOk());
  }
  {
    auto kek = Open();
    ASSERT_THAT(kek, IsOk());
    KeyringHolder holder;
    KeyringManager manager(store, holder, clock, {});
    EXPECT_THAT(manager.Unseal(*std::move(kek)), IsOk());
    EXPECT_THAT(holder.Snapshot(), IsOk());
  }
  auto other = Open("other");
  ASSERT_THAT(other, IsOk());
  KeyringHolder holder;
  KeyringManager manager(store, holder, clock, {});
  EXPECT_THAT(manager.Unseal(*std::move(other)), StatusIs(kDataLoss));
}

}  // namespace
}  // namespace cardvault
