#include "keys/testing/soft_hsm.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include "base/check.h"

namespace cardvault {
namespace {

constexpr char kSecurityOfficersPin[] = "a security officer's PIN";

CK_UTF8CHAR* Text(const std::string& text) {
  return reinterpret_cast<CK_UTF8CHAR*>(const_cast<char*>(text.data()));
}

std::string Padded(std::string label) {
  label.resize(32, ' ');
  return label;
}

// The slot whose token has the label; that of a new token for "".
CK_SLOT_ID SlotOf(const CK_FUNCTION_LIST& functions, const std::string& label) {
  CK_ULONG count = 0;
  CV_CHECK(functions.C_GetSlotList(CK_TRUE, nullptr, &count) == CKR_OK);
  std::vector<CK_SLOT_ID> slots(count);
  CV_CHECK(functions.C_GetSlotList(CK_TRUE, slots.data(), &count) == CKR_OK);
  for (const CK_SLOT_ID slot : slots) {
    CK_TOKEN_INFO info{};
    CV_CHECK(functions.C_GetTokenInfo(slot, &info) == CKR_OK);
    const std::string found(reinterpret_cast<const char*>(info.label), sizeof(info.label));
    const bool is_made = (info.flags & CKF_TOKEN_INITIALIZED) != 0;
    if (label.empty() ? !is_made : is_made && found == Padded(label)) return slot;
  }
  CV_CHECK(false);
  return 0;
}

}  // namespace

SoftHsm::SoftHsm() {
  const std::string tokens = directory_.File("tokens");
  std::filesystem::create_directory(tokens);
  std::ofstream(directory_.File("softhsm2.conf"))
      << "directories.tokendir = " << tokens << "\nobjectstore.backend = file\nlog.level = ERROR\n";
  CV_CHECK(setenv("SOFTHSM2_CONF", directory_.File("softhsm2.conf").c_str(), 1) == 0);
  MakeToken(kTokenLabel);
}

SoftHsm::~SoftHsm() { unsetenv("SOFTHSM2_CONF"); }

std::unique_ptr<Pkcs11Module> SoftHsm::module() {
  auto module = Pkcs11Module::Load(kModulePath);
  CV_CHECK(module.ok());
  return *std::move(module);
}

void SoftHsm::MakeToken(const std::string& label) {
  const auto hsm = module();
  CV_CHECK(hsm->Start().ok());
  const CK_FUNCTION_LIST& functions = hsm->functions();
  const std::string officers_pin = kSecurityOfficersPin;
  CV_CHECK(functions.C_InitToken(SlotOf(functions, ""), Text(officers_pin), officers_pin.size(),
                                 Text(Padded(label))) == CKR_OK);
  hsm->Stop();
  InSession(label, CKU_SO, officers_pin,
            [](const CK_FUNCTION_LIST& softhsm, CK_SESSION_HANDLE session) {
              const std::string pin = kPin;
              CV_CHECK(softhsm.C_InitPIN(session, Text(pin), pin.size()) == CKR_OK);
            });
}

void SoftHsm::DeleteTokens() {
  for (const auto& entry : std::filesystem::directory_iterator(directory_.File("tokens"))) {
    std::filesystem::remove_all(entry.path());
  }
}

void SoftHsm::TakeAway() {
  std::filesystem::rename(directory_.File("tokens"), directory_.File("away"));
}

void SoftHsm::BringBack() {
  std::filesystem::rename(directory_.File("away"), directory_.File("tokens"));
}

void SoftHsm::MakeKey(const Key& key) {
  InSession(
      kTokenLabel, CKU_USER, kPin,
      [&key](const CK_FUNCTION_LIST& functions, CK_SESSION_HANDLE session) {
        CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
        CK_KEY_TYPE type = key.type;
        CK_BBOOL yes = CK_TRUE;
        CK_BBOOL sensitive = key.sensitive;
        CK_BBOOL extractable = key.extractable;
        CK_BBOOL encrypts = key.encrypts;
        CK_BBOOL decrypts = key.decrypts;
        std::string value(key.size_bytes, 'k');
        std::vector<CK_ATTRIBUTE> attributes = {{CKA_CLASS, &object_class, sizeof(object_class)},
                                                {CKA_KEY_TYPE, &type, sizeof(type)},
                                                {CKA_TOKEN, &yes, 1},
                                                {CKA_PRIVATE, &yes, 1},
                                                {CKA_LABEL, Text(key.label), key.label.size()},
                                                {CKA_ID, Text(key.id), key.id.size()},
                                                {CKA_SENSITIVE, &sensitive, 1},
                                                {CKA_EXTRACTABLE, &extractable, 1},
                                                {CKA_ENCRYPT, &encrypts, 1},
                                                {CKA_DECRYPT, &decrypts, 1},
                                                {CKA_VALUE, value.data(), value.size()}};
        CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;
        CV_CHECK(functions.C_CreateObject(session, attributes.data(), attributes.size(), &made) ==
                 CKR_OK);
      });
}

void SoftHsm::WithKey(
    const std::string& label,
    const std::function<void(const CK_FUNCTION_LIST&, CK_SESSION_HANDLE, CK_OBJECT_HANDLE)>& work) {
  InSession(kTokenLabel, CKU_USER, kPin,
            [&](const CK_FUNCTION_LIST& functions, CK_SESSION_HANDLE session) {
              CK_ATTRIBUTE attribute{CKA_LABEL, Text(label), label.size()};
              CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
              CK_ULONG count = 0;
              CV_CHECK(functions.C_FindObjectsInit(session, &attribute, 1) == CKR_OK &&
                       functions.C_FindObjects(session, &key, 1, &count) == CKR_OK && count == 1);
              functions.C_FindObjectsFinal(session);
              work(functions, session, key);
            });
}

void SoftHsm::InSession(
    const std::string& token_label, CK_USER_TYPE user, const std::string& pin,
    const std::function<void(const CK_FUNCTION_LIST&, CK_SESSION_HANDLE)>& work) {
  const auto hsm = module();
  CV_CHECK(hsm->Start().ok());
  const CK_FUNCTION_LIST& functions = hsm->functions();
  CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
  CV_CHECK(functions.C_OpenSession(SlotOf(functions, token_label),
                                   CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr,
                                   &session) == CKR_OK);
  CV_CHECK(functions.C_Login(session, user, Text(pin), pin.size()) == CKR_OK);
  work(functions, session);
  hsm->Stop();
}

}  // namespace cardvault
