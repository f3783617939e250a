#include "vault/sealing/sealed_fields.h"

#include <utility>

namespace cardvault {
namespace {

SealedBytes BytesOf(const storage::v1::SealedField& field) {
  return SealedBytes{field.key_version(), field.sealed()};
}

void Put(SealedBytes sealed, storage::v1::SealedField& field) {
  field.set_key_version(sealed.key_version);
  field.set_sealed(std::move(sealed.sealed));
}

}  // namespace

SealedBytes SealedPanOf(const storage::v1::CardRecord& record) { return BytesOf(record.pan()); }

SealedBytes SealedProfileOf(const storage::v1::CardRecord& record) {
  return BytesOf(record.profile());
}

void PutSealedPan(SealedBytes sealed, storage::v1::CardRecord& record) {
  Put(std::move(sealed), *record.mutable_pan());
}

void PutSealedProfile(SealedBytes sealed, storage::v1::CardRecord& record) {
  Put(std::move(sealed), *record.mutable_profile());
}

}  // namespace cardvault
