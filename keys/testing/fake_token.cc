#include "keys/testing/fake_token.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "keys/crypto_sizes.h"

namespace cardvault {
namespace {

constexpr char kMask = 0x55;
constexpr CK_SLOT_ID kSlot = 7;

FakeToken* the_token = nullptr;

std::string Masked(absl::string_view text) {
  std::string masked(text);
  for (char& c : masked) c ^= kMask;
  return masked;
}

// Encrypts or, with `tag_in`, decrypts; false when the tag is wrong.
bool Gcm(const std::string& kek, const CK_GCM_PARAMS& parameters, const CK_BYTE* in, size_t size,
         CK_BYTE* out, const CK_BYTE* tag_in, CK_BYTE* tag_out) {
  const int encrypts = tag_in == nullptr ? 1 : 0;
  EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
  int length = 0;
  bool good = EVP_CipherInit_ex(context, EVP_aes_256_gcm(), nullptr,
                                reinterpret_cast<const unsigned char*>(kek.data()), parameters.pIv,
                                encrypts) == 1 &&
              EVP_CipherUpdate(context, nullptr, &length, parameters.pAAD,
                               static_cast<int>(parameters.ulAADLen)) == 1 &&
              EVP_CipherUpdate(context, out, &length, in, static_cast<int>(size)) == 1;
  if (encrypts == 0) {
    good = good && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kGcmTagSize,
                                       const_cast<CK_BYTE*>(tag_in)) == 1;
  }
  good = good && EVP_CipherFinal_ex(context, out + length, &length) == 1;
  if (encrypts == 1) {
    good = good && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kGcmTagSize, tag_out) == 1;
  }
  EVP_CIPHER_CTX_free(context);
  return good;
}

void Ecb(const std::string& kek, const CK_BYTE* in, CK_BYTE* out) {
  EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
  int length = 0;
  CV_CHECK(EVP_EncryptInit_ex(context, EVP_aes_256_ecb(), nullptr,
                              reinterpret_cast<const unsigned char*>(kek.data()), nullptr) == 1 &&
           EVP_EncryptUpdate(context, out, &length, in, 16) == 1);
  EVP_CIPHER_CTX_free(context);
}

template <typename T>
void Give(CK_ATTRIBUTE& attribute, T value) {
  CV_CHECK(attribute.ulValueLen == sizeof(value));
  std::memcpy(attribute.pValue, &value, sizeof(value));
}

}  // namespace

CK_RV FakeToken::Enter(const char* function) {
  ++calls_[function];
  const auto fault = faults_.find(function);
  if (fault != faults_.end() && fault->second.second > 0) {
    --fault->second.second;
    return fault->second.first;
  }
  if (gathering_.function == function && gathering_.missing_count > 0) {
    --gathering_.missing_count;
    mutex_.Await(absl::Condition(
        +[](Gathering* gathering) { return gathering->missing_count == 0; }, &gathering_));
    return gathering_.result;
  }
  if (!is_initialized_) return CKR_CRYPTOKI_NOT_INITIALIZED;
  return CKR_OK;
}

CK_RV FakeToken::EnterSession(const char* function, CK_SESSION_HANDLE handle, Session** session) {
  if (const CK_RV result = Enter(function); result != CKR_OK) return result;
  if (!is_there_) return CKR_DEVICE_REMOVED;
  const auto found = sessions_.find(handle);
  if (found == sessions_.end()) return CKR_SESSION_HANDLE_INVALID;
  *session = &found->second;
  return CKR_OK;
}

// The module's functions, as far as the provider calls them.
struct FakeTokenFunctions {
  using Session = FakeToken::Session;

  static CK_RV Initialize(void*) {
    FakeToken& token = *the_token;
    absl::MutexLock lock(&token.mutex_);
    const CK_RV result = token.Enter("C_Initialize");
    if (result != CKR_OK && result != CKR_CRYPTOKI_NOT_INITIALIZED) return result;
    if (token.is_initialized_) return CKR_CRYPTOKI_ALREADY_INITIALIZED;
    token.is_initialized_ = true;
    return CKR_OK;
  }
  static CK_RV Finalize(void*) {
    FakeToken& token = *the_token;
    absl::MutexLock lock(&token.mutex_);
    token.sessions_.clear();
    token.is_logged_in_ = false;
    return std::exchange(token.is_initialized_, false) ? CKR_OK : CKR_CRYPTOKI_NOT_INITIALIZED;
  }
  static CK_RV GetSlotList(CK_BBOOL, CK_SLOT_ID* slots, CK_ULONG* count) {
    FakeToken& token = *the_token;
    absl::MutexLock lock(&token.mutex_);
    if (const CK_RV result = token.Enter("C_GetSlotList"); result != CKR_OK) return result;
    *count = token.is_there_ ? 1 : 0;
    if (slots != nullptr && token.is_there_) slots[0] = kSlot;
    return CKR_OK;
  }
  static CK_RV GetTokenInfo(CK_SLOT_ID, CK_TOKEN_INFO* info) {
    FakeToken& token = *the_token;
    absl::MutexLock lock(&token.mutex_);
    if (const CK_RV result = token.Enter("C_GetTokenInfo"); result != CKR_OK) return result;
    std::fill_n(info->label, sizeof(info->label), ' ');
    std::memcpy(info->label, FakeToken::kLabel, std::strlen(FakeToken::kLabel));
    info->flags = token.flags_;
    return CKR_OK;
  }
  static CK_RV GetMechanismInfo(CK_SLOT_ID, CK_MECHANISM_TYPE mechanism, CK_MECHANISM_INFO* info) {
    FakeToken& token = *the_token;
    absl::MutexLock lock(&token.mutex_);
    if (const CK_RV result = token.Enter("C_GetMechanismInfo"); result != CKR_OK) return result;
    if (token.missing_.count(mechanism) != 0) return CKR_MECHANISM_INVALID;
    info->flags = CKF_ENCRYPT | CKF_DECRYPT;
    return CKR_OK;
  }
  static CK_RV OpenSession(CK_SLOT_ID, CK_FLAGS flags, void*, CK_NOTIFY,
                           CK_SESSION_HANDLE* session) {
    FakeToken& token = *the_token;
    absl::MutexLock lock(&token.mutex_);
    if (const CK_RV result = token.Enter("C_OpenSession"); result != CKR_OK) return result;
    if (!token.is_there_) return CKR_TOKEN_NOT_PRESENT;
    if ((flags & CKF_RW_SESSION) == 0) return CKR_FUNCTION_FAILED;  // as CloudHSM's
    if (token.sessions_.size() >= token.max_sessions_) return CKR_SESSION_COUNT;
    *session = ++token.last_session_;
    token.sessions_[*session] = {};
    token.most_sessions_ = std::max(token.most_sessions_, token.sessions_.size());
    return CKR_OK;
  }
  static CK_RV GetSessionInfo(CK_SESSION_HANDLE handle, CK_SESSION_INFO* info) {
    FakeToken& token = *the_token;
    absl::MutexLock lock(&token.mutex_);
    Session* session = nullptr;
    if (const CK_RV result = token.EnterSession("C_GetSessionInfo", handle, &session);
        result != CKR_OK) {
      return result;
    }
    info->state = token.is_logged_in_ ? CKS_RW_USER_FUNCTIONS : CKS_RW_PUBLIC_SESSION;
    return CKR_OK;
  }
  static CK_RV CloseSession(CK_SESSION_HANDLE handle) {
    FakeToken& token = *the_token;
    absl::MutexLock lock(&token.mutex_);
    Session* session = nullptr;
    if (const CK_RV result = token.EnterSession("C_CloseSession", handle, &session);
        result != CKR_OK) {
      return result;
    }
    token.sessions_.erase(handle);
    if (token.sessions_.empty()) token.is_logged_in_ = false;
    return CKR_OK;
  }
  static CK_RV Login(CK_SESSION_HANDLE handle, CK_USER_TYPE, CK_UTF8CHAR* pin, CK_ULONG size) {
    FakeToken& token = *the_token;
    absl::MutexLock lock(&token.mutex_);
    Session* session = nullptr;
    if (const CK_RV result = token.EnterSession("C_Login", handle, &session); result != CKR_OK) {
      return result;
    }
    if (size != token.pin_.size()) return CKR_PIN_INCORRECT;
    for (size_t i = 0; i < size; ++i) {
      if ((static_cast<char>(pin[i]) ^ kMask) != token.pin_[i]) return CKR_PIN_INCORRECT;
    }
    token.is_logged_in_ = true;
    return CKR_OK;
  }
  static CK_RV FindObjectsInit(CK_SESSION_HANDLE handle, CK_ATTRIBUTE*, CK_ULONG) {
    FakeToken& token = *the_token;
    absl::MutexLock lock(&token.mutex_);
    Session* session = nullptr;
    return token.EnterSession("C_FindObjectsInit", handle, &session);
  }
  static CK_RV FindObjects(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE* objects, CK_ULONG,
                           CK_ULONG* count) {
    FakeToken& token = *the_token;
    absl::MutexLock lock(&token.mutex_);
    Session* session = nullptr;
    if (const CK_RV result = token.EnterSession("C_FindObjects", handle, &session);
        result != CKR_OK) {
      return result;
    }
    *count = token.is_logged_in_ ? 1 : 0;
    objects[0] = token.kek_handle_;
    return CKR_OK;
  }
  static CK_RV FindObjectsFinal(CK_SESSION_HANDLE) { return CKR_OK; }
  static CK_RV GetAttributeValue(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE,
                                 CK_ATTRIBUTE* attributes, CK_ULONG count) {
    FakeToken& token = *the_token;
    absl::MutexLock lock(&token.mutex_);
    Session* session = nullptr;
    if (const CK_RV result = token.EnterSession("C_GetAttributeValue", handle, &session);
        result != CKR_OK) {
      return result;
    }
    for (CK_ULONG i = 0; i < count; ++i) {
      switch (attributes[i].type) {
        case CKA_KEY_TYPE:
          Give(attributes[i], CK_KEY_TYPE{CKK_AES});
          break;
        case CKA_VALUE_LEN:
          Give(attributes[i], CK_ULONG{kKeySize});
          break;
        default:
          Give(attributes[i], CK_BBOOL{attributes[i].type != CKA_EXTRACTABLE});
      }
    }
    return CKR_OK;
  }
  static CK_RV Begin(const char* function, CK_SESSION_HANDLE handle, CK_MECHANISM* mechanism,
                     CK_OBJECT_HANDLE kek) {
    FakeToken& token = *the_token;
    absl::MutexLock lock(&token.mutex_);
    Session* session = nullptr;
    if (const CK_RV result = token.EnterSession(function, handle, &session); result != CKR_OK) {
      return result;
    }
    if (!token.is_logged_in_) return CKR_USER_NOT_LOGGED_IN;
    if (kek != token.kek_handle_) return CKR_KEY_HANDLE_INVALID;
    if (session->mechanism != 0) return CKR_OPERATION_ACTIVE;
    session->mechanism = mechanism->mechanism;
    session->gcm = static_cast<CK_GCM_PARAMS*>(mechanism->pParameter);
    return CKR_OK;
  }
  static CK_RV EncryptInit(CK_SESSION_HANDLE handle, CK_MECHANISM* mechanism,
                           CK_OBJECT_HANDLE kek) {
    return Begin("C_EncryptInit", handle, mechanism, kek);
  }
  static CK_RV DecryptInit(CK_SESSION_HANDLE handle, CK_MECHANISM* mechanism,
                           CK_OBJECT_HANDLE kek) {
    return Begin("C_DecryptInit", handle, mechanism, kek);
  }
  static CK_RV Encrypt(CK_SESSION_HANDLE handle, CK_BYTE* in, CK_ULONG in_size, CK_BYTE* out,
                       CK_ULONG* out_size) {
    FakeToken& token = *the_token;
    absl::MutexLock lock(&token.mutex_);
    Session* session = nullptr;
    if (const CK_RV result = token.EnterSession("C_Encrypt", handle, &session); result != CKR_OK) {
      return result;  // and leaves the operation active, as some modules do
    }
    if (std::exchange(session->mechanism, 0) == CKM_AES_ECB) {
      Ecb(token.kek_, in, out);
      *out_size = in_size;
      return CKR_OK;
    }
    CK_BYTE own[kGcmNonceSize];
    std::fill_n(own, kGcmNonceSize, static_cast<CK_BYTE>(token.calls_["C_Encrypt"]));
    CK_GCM_PARAMS parameters = *session->gcm;
    if (token.nonce_ != FakeToken::Nonce::kCallers) parameters.pIv = own;
    const std::string garbled(in_size, 'g');
    if (token.is_garbling_) {
      in = reinterpret_cast<CK_BYTE*>(const_cast<char*>(garbled.data()));
    }
    CV_CHECK(Gcm(token.kek_, parameters, in, in_size, out, nullptr, out + in_size));
    *out_size = in_size + kGcmTagSize;
    if (token.nonce_ == FakeToken::Nonce::kOwnInParameters) {
      std::memcpy(session->gcm->pIv, own, kGcmNonceSize);
    } else if (token.nonce_ == FakeToken::Nonce::kOwnAppended) {
      std::memcpy(out + *out_size, own, kGcmNonceSize);
      *out_size += kGcmNonceSize;
    }
    return CKR_OK;
  }
  static CK_RV Decrypt(CK_SESSION_HANDLE handle, CK_BYTE* in, CK_ULONG in_size, CK_BYTE* out,
                       CK_ULONG* out_size) {
    FakeToken& token = *the_token;
    absl::MutexLock lock(&token.mutex_);
    Session* session = nullptr;
    if (const CK_RV result = token.EnterSession("C_Decrypt", handle, &session); result != CKR_OK) {
      return result;
    }
    session->mechanism = 0;
    *out_size = in_size - kGcmTagSize;
    return Gcm(token.kek_, *session->gcm, in, *out_size, out, in + *out_size, nullptr)
               ? CKR_OK
               : CKR_ENCRYPTED_DATA_INVALID;
  }

  static const CK_FUNCTION_LIST& All() {
    static const CK_FUNCTION_LIST* const functions = [] {
      auto* list = new CK_FUNCTION_LIST{};
      list->version.major = CRYPTOKI_VERSION_MAJOR;
      list->C_Initialize = Initialize;
      list->C_Finalize = Finalize;
      list->C_GetSlotList = GetSlotList;
      list->C_GetTokenInfo = GetTokenInfo;
      list->C_GetMechanismInfo = GetMechanismInfo;
      list->C_OpenSession = OpenSession;
      list->C_CloseSession = CloseSession;
      list->C_GetSessionInfo = GetSessionInfo;
      list->C_Login = Login;
      list->C_FindObjectsInit = FindObjectsInit;
      list->C_FindObjects = FindObjects;
      list->C_FindObjectsFinal = FindObjectsFinal;
      list->C_GetAttributeValue = GetAttributeValue;
      list->C_EncryptInit = EncryptInit;
      list->C_Encrypt = Encrypt;
      list->C_DecryptInit = DecryptInit;
      list->C_Decrypt = Decrypt;
      return list;
    }();
    return *functions;
  }
};

FakeToken::FakeToken() : pin_(Masked(kPin)), kek_(kKeySize, 'k') {
  CV_CHECK(the_token == nullptr);
  the_token = this;
}

FakeToken::~FakeToken() { the_token = nullptr; }

std::unique_ptr<Pkcs11Module> FakeToken::module() {
  return std::make_unique<Pkcs11Module>(FakeTokenFunctions::All());
}

void FakeToken::Fail(const std::string& function, CK_RV result, int times) {
  absl::MutexLock lock(&mutex_);
  faults_[function] = {result, times};
}

void FakeToken::FailTogether(const std::string& function, CK_RV result, int count) {
  absl::MutexLock lock(&mutex_);
  gathering_ = {function, result, count};
}

int FakeToken::CallCount(const std::string& function) const {
  absl::MutexLock lock(&mutex_);
  const auto found = calls_.find(function);
  return found == calls_.end() ? 0 : found->second;
}

void FakeToken::Restart(bool is_there) {
  absl::MutexLock lock(&mutex_);
  sessions_.clear();
  is_logged_in_ = false;
  is_there_ = is_there;
  ++kek_handle_;
}

void FakeToken::SetPin(absl::string_view pin) {
  absl::MutexLock lock(&mutex_);
  pin_ = Masked(pin);
}

void FakeToken::SetKek(char seed) {
  absl::MutexLock lock(&mutex_);
  kek_.assign(kKeySize, seed);
}

void FakeToken::SetNonce(Nonce nonce) {
  absl::MutexLock lock(&mutex_);
  nonce_ = nonce;
}

void FakeToken::SetGarbling(bool is_garbling) {
  absl::MutexLock lock(&mutex_);
  is_garbling_ = is_garbling;
}

void FakeToken::SetMaxSessions(size_t count) {
  absl::MutexLock lock(&mutex_);
  max_sessions_ = count;
}

void FakeToken::SetFlags(CK_FLAGS flags) {
  absl::MutexLock lock(&mutex_);
  flags_ = flags;
}

void FakeToken::SetMechanismMissing(CK_MECHANISM_TYPE mechanism) {
  absl::MutexLock lock(&mutex_);
  missing_.insert(mechanism);
}

size_t FakeToken::most_sessions() const {
  absl::MutexLock lock(&mutex_);
  return most_sessions_;
}

}  // namespace cardvault
