// What the pkcs11 provider does when its HSM fails, in ways that SoftHSM does not.

#include <p11-kit-1/p11-kit/pkcs11.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/secret_bytes.h"
#include "gtest/gtest.h"
#include "keys/kek_provider.h"
#include "keys/pkcs11/pkcs11_kek_options.h"
#include "keys/pkcs11/pkcs11_kek_provider.h"
#include "keys/pkcs11/session_pool.h"
#include "keys/testing/fake_token.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;
constexpr auto kUnavailable = absl::StatusCode::kUnavailable;
constexpr int kAlways = 1000;

class Pkcs11FailureTest : public testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<KekProvider>> Open(
      Pkcs11KekOptions options = FakeToken::options()) {
    const auto token = HsmToken::Open(token_.module(), options.token_label, FakeToken::pin());
    if (!token.ok()) return token.status();
    return OpenPkcs11Kek(*token, options, 1);
  }
  // Opening fails with this text when logging in answers this.
  void ExpectLoginRefused(CK_RV result, const std::string& text) {
    token_.Fail("C_Login", result, 1);
    const int before = token_.CallCount("C_Login");
    const auto refused = Open();
    EXPECT_THAT(refused, StatusIs(kPrecondition, ErrorReason::kPolicy));
    EXPECT_EQ(std::string(refused.status().message()), text);
    EXPECT_EQ(token_.CallCount("C_Login"), before + 1);
  }
  bool Opens(KekProvider& kek, const std::string& wrapped) {
    const auto opened = kek.Unwrap(wrapped);
    return opened.ok() && SecretBytesAccess::View(*opened) == SecretBytesAccess::View(key_);
  }

  FakeToken token_;
  const SecretBytes key_ = SecretBytes::CopyOf(std::string(64, 's'));
};

TEST_F(Pkcs11FailureTest, EachRefusalOfALoginHasItsTextAndIsNotRepeated) {
  const std::string wrong =
      "the HSM's token refuses the PIN; it is not tried again, for wrong ones lock the token";
  ExpectLoginRefused(CKR_PIN_INCORRECT, wrong);
  ExpectLoginRefused(CKR_PIN_LEN_RANGE, wrong);
  ExpectLoginRefused(CKR_PIN_LOCKED,
                     "the PIN of the HSM's token is locked: its security officer must set a new "
                     "one");
  ExpectLoginRefused(CKR_PIN_EXPIRED, "the PIN of the HSM's token has expired");
  ExpectLoginRefused(CKR_USER_PIN_NOT_INITIALIZED,
                     "the HSM's token has no user PIN yet: its security officer must set one");
  EXPECT_THAT(Open(), IsOk());
}

TEST_F(Pkcs11FailureTest, LastTryOfThePinIsNotSpent) {
  token_.SetFlags(CKF_TOKEN_INITIALIZED | CKF_USER_PIN_FINAL_TRY);
  EXPECT_THAT(Open(), StatusIs(kPrecondition, ErrorReason::kPolicy));
  EXPECT_EQ(token_.CallCount("C_Login"), 0);
}

TEST_F(Pkcs11FailureTest, OpenNamesTheMechanismThatIsNotOffered) {
  token_.SetMechanismMissing(CKM_AES_ECB);
  const auto no_ecb = Open();
  EXPECT_THAT(no_ecb, StatusIs(kPrecondition, ErrorReason::kPolicy));
  EXPECT_NE(std::string(no_ecb.status().message()).find("CKM_AES_ECB"), std::string::npos);
  token_.SetMechanismMissing(CKM_AES_GCM);
  const auto no_gcm = Open();
  EXPECT_THAT(no_gcm, StatusIs(kPrecondition, ErrorReason::kPolicy));
  EXPECT_NE(std::string(no_gcm.status().message()).find("CKM_AES_GCM"), std::string::npos);
}

TEST_F(Pkcs11FailureTest, OpenIsUnavailableWhateverFails) {
  for (const char* function :
       {"C_Initialize", "C_GetSlotList", "C_OpenSession", "C_GetMechanismInfo", "C_FindObjectsInit",
        "C_FindObjects", "C_GetAttributeValue", "C_EncryptInit", "C_Encrypt"}) {
    token_.Fail(function, CKR_DEVICE_MEMORY, 1);
    EXPECT_THAT(Open(), StatusIs(kUnavailable)) << function;
  }
  EXPECT_THAT(Open(), IsOk());
}

TEST_F(Pkcs11FailureTest, ErrorInTheMiddleIsUnavailableAndLeavesNothingBehind) {
  const auto kek = Open();
  ASSERT_THAT(kek, IsOk());
  const std::string wrapped = (*kek)->Wrap(key_).value();
  for (const char* function : {"C_EncryptInit", "C_Encrypt", "C_DecryptInit", "C_Decrypt"}) {
    for (const CK_RV result : {CKR_DEVICE_MEMORY, CKR_HOST_MEMORY, CKR_FUNCTION_CANCELED}) {
      token_.Fail(function, result, 1);
      EXPECT_THAT((*kek)->Wrap(key_), StatusIs(kUnavailable)) << function << " " << result;
      // The session in which an operation may still be active is not used again.
      EXPECT_TRUE(Opens(**kek, (*kek)->Wrap(key_).value())) << function << " " << result;
    }
  }
  token_.Fail("C_Decrypt", CKR_DEVICE_MEMORY, 1);
  EXPECT_THAT((*kek)->Unwrap(wrapped), StatusIs(kUnavailable));
  EXPECT_TRUE(Opens(**kek, wrapped));
}

TEST_F(Pkcs11FailureTest, FailureThatSaysNothingIsNotTakenForChangedBytes) {
  const auto kek = Open();
  ASSERT_THAT(kek, IsOk());
  std::string wrapped = (*kek)->Wrap(key_).value();
  for (const CK_RV result :
       {CK_RV{CKR_GENERAL_ERROR}, CK_RV{CKR_FUNCTION_FAILED}, CK_RV{CKR_VENDOR_DEFINED | 7}}) {
    // Once: the second answer counts.
    token_.Fail("C_Decrypt", result, 1);
    EXPECT_TRUE(Opens(**kek, wrapped)) << result;
    // For ever: the token fails with what it has just wrapped, too.
    token_.Fail("C_Decrypt", result, kAlways);
    EXPECT_THAT((*kek)->Unwrap(wrapped), StatusIs(kUnavailable)) << result;
    // Of these bytes alone: as a token that has no better word for a wrong tag.
    token_.Fail("C_Decrypt", result, 2);
    EXPECT_THAT((*kek)->Unwrap(wrapped), StatusIs(absl::StatusCode::kDataLoss)) << result;
  }
}

TEST_F(Pkcs11FailureTest, ConnectsAnewOnceForEveryWayOfBeingLost) {
  const auto kek = Open();
  ASSERT_THAT(kek, IsOk());
  const std::string wrapped = (*kek)->Wrap(key_).value();
  for (const CK_RV result : {CKR_SESSION_HANDLE_INVALID, CKR_SESSION_CLOSED, CKR_DEVICE_REMOVED,
                             CKR_TOKEN_NOT_PRESENT, CKR_CRYPTOKI_NOT_INITIALIZED,
                             CKR_USER_NOT_LOGGED_IN, CKR_DEVICE_ERROR, CKR_KEY_HANDLE_INVALID}) {
    const int logins = token_.CallCount("C_Login");
    token_.Fail("C_DecryptInit", result, 1);
    EXPECT_TRUE(Opens(**kek, wrapped)) << result;
    EXPECT_EQ(token_.CallCount("C_Login"), logins + 1) << result;

    token_.Fail("C_DecryptInit", result, kAlways);
    EXPECT_THAT((*kek)->Unwrap(wrapped), StatusIs(kUnavailable)) << result;
    EXPECT_EQ(token_.CallCount("C_Login"), logins + 2) << result;
    token_.Fail("C_DecryptInit", result, 0);
  }
  EXPECT_TRUE(Opens(**kek, wrapped));
}

TEST_F(Pkcs11FailureTest, ComesBackAfterTheHsmWasUnplugged) {
  const auto kek = Open();
  ASSERT_THAT(kek, IsOk());
  const std::string wrapped = (*kek)->Wrap(key_).value();
  token_.Restart(/*is_there=*/false);
  for (int i = 0; i < 3; ++i) EXPECT_THAT((*kek)->Unwrap(wrapped), StatusIs(kUnavailable));
  token_.Restart(/*is_there=*/true);
  EXPECT_TRUE(Opens(**kek, wrapped));
}

TEST_F(Pkcs11FailureTest, PinThatIsRefusedAtANewLoginIsNeverTriedAgain) {
  const auto kek = Open();
  ASSERT_THAT(kek, IsOk());
  const std::string wrapped = (*kek)->Wrap(key_).value();
  const int logins = token_.CallCount("C_Login");
  token_.SetPin("another");
  token_.Restart();
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT((*kek)->Unwrap(wrapped), StatusIs(kPrecondition, ErrorReason::kPolicy));
    EXPECT_THAT((*kek)->Wrap(key_), StatusIs(kPrecondition, ErrorReason::kPolicy));
  }
  EXPECT_EQ(token_.CallCount("C_Login"), logins + 1);
}

// K8
TEST_F(Pkcs11FailureTest, AnotherKekAfterARestartIsRefused) {
  const auto kek = Open();
  ASSERT_THAT(kek, IsOk());
  const std::string check_value = (*kek)->check_value();
  token_.SetKek('x');
  token_.Restart();
  EXPECT_THAT((*kek)->Wrap(key_), StatusIs(kPrecondition, ErrorReason::kPolicy));
  EXPECT_EQ((*kek)->check_value(), check_value);
}

TEST_F(Pkcs11FailureTest, ThreadsShareTheSessionsThatTheTokenHas) {
  for (const size_t sessions : {size_t{2}, size_t{4}, size_t{100}}) {
    token_.SetMaxSessions(sessions);
    const auto kek = Open();
    ASSERT_THAT(kek, IsOk());
    std::atomic<int> good = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 16; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 20; ++i) {
          const auto wrapped = (*kek)->Wrap(key_);
          if (wrapped.ok() && Opens(**kek, *wrapped)) ++good;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(good, 16 * 20) << sessions;
    // The login's and those of the pool.
    EXPECT_LE(token_.most_sessions(), std::min(sessions, 1 + SessionPool::kMaxSessions));
  }
}

TEST_F(Pkcs11FailureTest, TokenWithoutAFreeSessionIsUnavailable) {
  token_.SetMaxSessions(1);  // the login's
  EXPECT_THAT(Open(), StatusIs(kUnavailable));
  token_.SetMaxSessions(0);
  EXPECT_THAT(Open(), StatusIs(kUnavailable));
}

TEST_F(Pkcs11FailureTest, ThreadsThatLoseTheHsmTogetherLogInOnceForAll) {
  const auto kek = Open();
  ASSERT_THAT(kek, IsOk());
  const std::string wrapped = (*kek)->Wrap(key_).value();
  const int logins = token_.CallCount("C_Login");
  token_.FailTogether("C_DecryptInit", CKR_DEVICE_REMOVED, 8);
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] { good += Opens(**kek, wrapped) ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 8);
  EXPECT_EQ(token_.CallCount("C_Login"), logins + 1);
}

// G2: nonces are one party's, and no wrapping is returned that names another one than it was made
// under.
TEST_F(Pkcs11FailureTest, NoncesAreWhoseTheMechanismSays) {
  Pkcs11KekOptions tokens_own = FakeToken::options();
  tokens_own.mechanism = Pkcs11Mechanism::kAesGcmTokenNonce;

  token_.SetNonce(FakeToken::Nonce::kOwnInParameters);
  {
    const auto kek = Open(tokens_own);
    ASSERT_THAT(kek, IsOk());
    const auto wrapped = (*kek)->Wrap(key_);
    ASSERT_THAT(wrapped, IsOk());
    EXPECT_TRUE(Opens(**kek, *wrapped));
  }
  {
    const auto kek = Open();
    ASSERT_THAT(kek, IsOk());
    EXPECT_THAT((*kek)->Wrap(key_), StatusIs(kPrecondition, ErrorReason::kPolicy));
  }
  token_.SetNonce(FakeToken::Nonce::kOwnAppended);
  for (const Pkcs11KekOptions& options : {FakeToken::options(), tokens_own}) {
    const auto kek = Open(options);
    ASSERT_THAT(kek, IsOk());
    EXPECT_THAT((*kek)->Wrap(key_), StatusIs(kPrecondition, ErrorReason::kPolicy));
  }
  token_.SetNonce(FakeToken::Nonce::kOwnUntold);
  {
    const auto kek = Open();
    ASSERT_THAT(kek, IsOk());
    EXPECT_THAT((*kek)->Wrap(key_), StatusIs(absl::StatusCode::kInternal, ErrorReason::kCrypto));
  }
  token_.SetNonce(FakeToken::Nonce::kCallers);  // zeros, when it is asked for its own
  const auto kek = Open(tokens_own);
  ASSERT_THAT(kek, IsOk());
  EXPECT_THAT((*kek)->Wrap(key_), StatusIs(kPrecondition, ErrorReason::kPolicy));
}

TEST_F(Pkcs11FailureTest, WrapNeverReturnsWhatDoesNotGiveTheKeyBack) {
  const auto kek = Open();
  ASSERT_THAT(kek, IsOk());
  token_.SetGarbling(true);
  EXPECT_THAT((*kek)->Wrap(key_), StatusIs(absl::StatusCode::kInternal, ErrorReason::kCrypto));
  token_.SetGarbling(false);
  EXPECT_THAT((*kek)->Wrap(key_), IsOk());
}

TEST_F(Pkcs11FailureTest, TokenThatRefusesOurNonceIsTold) {
  const auto kek = Open();
  ASSERT_THAT(kek, IsOk());
  token_.Fail("C_EncryptInit", CKR_MECHANISM_PARAM_INVALID, kAlways);
  const auto refused = (*kek)->Wrap(key_);
  EXPECT_THAT(refused, StatusIs(kPrecondition, ErrorReason::kPolicy));
  EXPECT_NE(std::string(refused.status().message()).find("aes-gcm-token-nonce"), std::string::npos);
}

}  // namespace
}  // namespace cardvault
