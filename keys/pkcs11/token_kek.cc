#include "keys/pkcs11/token_kek.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "keys/crypto_sizes.h"
#include "keys/pkcs11/token_error.h"

namespace cardvault {
namespace {

// One AES block. Its last four bytes are no block counter of a wrapping (those are 1 to 17), so it
// is never a block that AES-GCM encrypts under this key, and the zero block, AES-GCM's hash key, is
// another too.
constexpr absl::string_view kCheckBlock = "cardvault kcv v1";
constexpr size_t kAesBlockSize = 16;
static_assert(kCheckBlock.size() == kAesBlockSize);
constexpr size_t kCheckValueBytes = 3;

// Attributes of an object, for templates. What it points to outlives it.
class Template final {
 public:
  Template& With(CK_ATTRIBUTE_TYPE type, const CK_BBOOL& value) { return Add(type, &value, 1); }
  Template& With(CK_ATTRIBUTE_TYPE type, const CK_ULONG& value) {
    return Add(type, &value, sizeof(value));
  }
  Template& With(CK_ATTRIBUTE_TYPE type, const std::string& value) {
    return Add(type, value.data(), value.size());
  }
  CK_ATTRIBUTE* data() { return attributes_.data(); }
  CK_ULONG size() const { return attributes_.size(); }

 private:
  Template& Add(CK_ATTRIBUTE_TYPE type, const void* value, size_t size) {
    attributes_.push_back({type, const_cast<void*>(value), size});
    return *this;
  }

  std::vector<CK_ATTRIBUTE> attributes_;
};

constexpr CK_BBOOL kTrue = CK_TRUE;
constexpr CK_BBOOL kFalse = CK_FALSE;
constexpr CK_ULONG kSecretKey = CKO_SECRET_KEY;
constexpr CK_ULONG kAes = CKK_AES;
constexpr CK_ULONG kKekSize = kKeySize;

Template NameTemplate(const TokenKekName& name) {
  Template attributes;
  attributes.With(CKA_CLASS, kSecretKey).With(CKA_TOKEN, kTrue).With(CKA_LABEL, name.label);
  if (!name.id.empty()) attributes.With(CKA_ID, name.id);
  return attributes;
}

absl::Status Failed(ErrorText function, CK_RV result) {
  LogTokenError(function, result);
  return Unavailable(ErrorReason::kInternal, "the HSM cannot be asked for the KEK");
}

absl::Status NotAsItMustBe(ErrorText text) {
  return FailedPrecondition(ErrorReason::kPolicy, text);
}

// What FindTokenKek asks of an object. Those that a token does not tell stay as they are here.
struct KekAttributes {
  CK_ULONG type = CK_UNAVAILABLE_INFORMATION;
  CK_ULONG size = 0;
  CK_BBOOL sensitive = CK_FALSE;
  CK_BBOOL extractable = CK_TRUE;
  CK_BBOOL encrypts = CK_FALSE;
  CK_BBOOL decrypts = CK_FALSE;
};

CK_RV ReadAttributes(const CK_FUNCTION_LIST& functions, CK_SESSION_HANDLE session,
                     CK_OBJECT_HANDLE kek, KekAttributes& out) {
  CK_ATTRIBUTE attributes[] = {{CKA_KEY_TYPE, &out.type, sizeof(out.type)},
                               {CKA_VALUE_LEN, &out.size, sizeof(out.size)},
                               {CKA_SENSITIVE, &out.sensitive, sizeof(out.sensitive)},
                               {CKA_EXTRACTABLE, &out.extractable, sizeof(out.extractable)},
                               {CKA_ENCRYPT, &out.encrypts, sizeof(out.encrypts)},
                               {CKA_DECRYPT, &out.decrypts, sizeof(out.decrypts)}};
  const CK_RV result =
      functions.C_GetAttributeValue(session, kek, attributes, std::size(attributes));
  // A key of another type has no length, say: the others are filled in all the same.
  return result == CKR_ATTRIBUTE_TYPE_INVALID ? CKR_OK : result;
}

absl::Status CheckAttributes(const KekAttributes& kek) {
  if (kek.type != CKK_AES) return NotAsItMustBe("the KEK in the HSM is not an AES key");
  if (kek.size != kKeySize) return NotAsItMustBe("the KEK in the HSM is not one of 256 bits");
  if (kek.extractable != CK_FALSE || kek.sensitive != CK_TRUE) {
    return NotAsItMustBe(
        "the KEK in the HSM is extractable or not sensitive: it could leave the HSM");
  }
  if (kek.encrypts != CK_TRUE || kek.decrypts != CK_TRUE) {
    return NotAsItMustBe("the KEK in the HSM may not encrypt and decrypt");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CK_OBJECT_HANDLE> FindTokenKek(TokenConnection& connection,
                                              const TokenKekName& name) {
  const CK_FUNCTION_LIST& functions = connection.functions();
  CK_OBJECT_HANDLE found[2];  // a second one is one too many
  CK_ULONG count = 0;
  CK_RV result = connection.Use([&](CK_SESSION_HANDLE session) {
    Template attributes = NameTemplate(name);
    if (const CK_RV begun =
            functions.C_FindObjectsInit(session, attributes.data(), attributes.size());
        begun != CKR_OK) {
      return begun;
    }
    const CK_RV searched = functions.C_FindObjects(session, found, std::size(found), &count);
    const CK_RV ended = functions.C_FindObjectsFinal(session);
    if (searched != CKR_OK || ended != CKR_OK) return searched != CKR_OK ? searched : ended;
    if (count > 0) return CK_RV{CKR_OK};
    // Private objects are hidden from who is not logged in: then nothing found says nothing.
    CK_SESSION_INFO info{};
    if (const CK_RV told = functions.C_GetSessionInfo(session, &info); told != CKR_OK) return told;
    return info.state == CKS_RW_USER_FUNCTIONS ? CK_RV{CKR_OK} : CK_RV{CKR_USER_NOT_LOGGED_IN};
  });
  if (result != CKR_OK) return Failed("C_FindObjects", result);
  if (count == 0) {
    return NotFound(ErrorReason::kNotFound, "the HSM's token has no KEK of the configured label");
  }
  if (count > 1) {
    return NotAsItMustBe(
        "several keys in the HSM's token have the KEK's label: configure its id too");
  }
  KekAttributes attributes;
  result = connection.Use([&](CK_SESSION_HANDLE session) {
    return ReadAttributes(functions, session, found[0], attributes);
  });
  if (result != CKR_OK) return Failed("C_GetAttributeValue", result);
  RETURN_IF_ERROR(CheckAttributes(attributes));
  return found[0];
}

absl::Status GenerateTokenKek(TokenConnection& connection, const TokenKekName& name) {
  RETURN_IF_ERROR(connection.RequireMechanism(CKM_AES_KEY_GEN, CKF_GENERATE,
                                              "the HSM's token does not offer CKM_AES_KEY_GEN"));
  const CK_RV result = connection.Use([&](CK_SESSION_HANDLE session) {
    // Wraps no other object of the token, and is not changed to do so.
    Template attributes = NameTemplate(name)
                              .With(CKA_KEY_TYPE, kAes)
                              .With(CKA_VALUE_LEN, kKekSize)
                              .With(CKA_PRIVATE, kTrue)
                              .With(CKA_SENSITIVE, kTrue)
                              .With(CKA_EXTRACTABLE, kFalse)
                              .With(CKA_MODIFIABLE, kFalse)
                              .With(CKA_ENCRYPT, kTrue)
                              .With(CKA_DECRYPT, kTrue)
                              .With(CKA_WRAP, kFalse)
                              .With(CKA_UNWRAP, kFalse)
                              .With(CKA_SIGN, kFalse)
                              .With(CKA_VERIFY, kFalse)
                              .With(CKA_DERIVE, kFalse);
    CK_MECHANISM mechanism{CKM_AES_KEY_GEN, nullptr, 0};
    CK_OBJECT_HANDLE kek = CK_INVALID_HANDLE;
    return connection.functions().C_GenerateKey(session, &mechanism, attributes.data(),
                                                attributes.size(), &kek);
  });
  if (result == CKR_OK) return absl::OkStatus();
  LogTokenError("C_GenerateKey", result);
  if (IsRefusal(result) || result == CKR_TEMPLATE_INCONSISTENT ||
      result == CKR_ATTRIBUTE_VALUE_INVALID || result == CKR_ATTRIBUTE_TYPE_INVALID ||
      result == CKR_TOKEN_WRITE_PROTECTED) {
    return NotAsItMustBe("the HSM's token does not make a key as the KEK must be");
  }
  return Unavailable(ErrorReason::kInternal, "the HSM failed to make the KEK");
}

absl::StatusOr<std::string> TokenKekCheckValue(TokenConnection& connection, CK_OBJECT_HANDLE kek) {
  RETURN_IF_ERROR(connection.RequireMechanism(CKM_AES_ECB, CKF_ENCRYPT,
                                              "the HSM's token does not offer CKM_AES_ECB, with "
                                              "which the KEK's check value is made"));
  const CK_FUNCTION_LIST& functions = connection.functions();
  std::string block(kAesBlockSize, '\0');
  const CK_RV result = connection.Use([&](CK_SESSION_HANDLE session) {
    CK_MECHANISM mechanism{CKM_AES_ECB, nullptr, 0};
    if (const CK_RV begun = functions.C_EncryptInit(session, &mechanism, kek); begun != CKR_OK) {
      return begun;
    }
    std::string input(kCheckBlock);
    CK_ULONG size = block.size();
    const CK_RV done =
        functions.C_Encrypt(session, reinterpret_cast<CK_BYTE*>(input.data()), input.size(),
                            reinterpret_cast<CK_BYTE*>(block.data()), &size);
    return done == CKR_OK && size != kAesBlockSize ? CK_RV{CKR_GENERAL_ERROR} : done;
  });
  if (IsRefusal(result)) {
    LogTokenError("C_Encrypt", result);
    return NotAsItMustBe("the HSM's token does not use CKM_AES_ECB with the KEK");
  }
  if (result != CKR_OK) return Failed("C_Encrypt", result);
  return absl::BytesToHexString(absl::string_view(block).substr(0, kCheckValueBytes));
}

absl::Status DestroyTokenKek(TokenConnection& connection, CK_OBJECT_HANDLE kek) {
  const CK_RV result = connection.Use([&](CK_SESSION_HANDLE session) {
    return connection.functions().C_DestroyObject(session, kek);
  });
  if (result == CKR_OK) return absl::OkStatus();
  LogTokenError("C_DestroyObject", result);
  if (IsRefusal(result) || result == CKR_ACTION_PROHIBITED || result == CKR_TOKEN_WRITE_PROTECTED) {
    return NotAsItMustBe("the HSM's rules do not let this user delete the KEK");
  }
  return Unavailable(ErrorReason::kInternal, "the HSM failed to delete the KEK");
}

}  // namespace cardvault
