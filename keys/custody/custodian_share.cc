#include "keys/custody/custodian_share.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "base/access/secret_buffer.h"
#include "base/access/secret_bytes_access.h"
#include "base/check.h"
#include "base/error_reason.h"
#include "base/id.h"
#include "base/status.h"
#include "keys/custody/secret_sharing.h"

namespace cardvault {
namespace {

// The document, byte by byte: docs/formats/custodian_share.md.
constexpr absl::string_view kMagic = "cardvault share 1\n";
constexpr size_t kCheckValueSize = 6;

absl::Status NoShare() {
  return InvalidArgument(ErrorReason::kFieldInvalid, "share",
                         "this is not a key share of a known format version");
}

// Takes pieces off the front of a document.
class Reader final {
 public:
  explicit Reader(absl::string_view rest) : rest_(rest) {}

  absl::string_view Take(size_t size) {
    if (size > rest_.size()) {
      whole_ = false;
      return {};
    }
    const absl::string_view piece = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return piece;
  }
  uint32_t TakeByte() {
    const absl::string_view byte = Take(1);
    return byte.empty() ? 0 : static_cast<unsigned char>(byte[0]);
  }
  std::string TakeText(size_t size) {
    const absl::string_view text = Take(size);
    return std::string(text.data(), text.size());
  }
  bool AllTaken() const { return whole_ && rest_.empty(); }

 private:
  absl::string_view rest_;
  bool whole_ = true;
};

absl::Status CheckFields(const CustodianShare& share) {
  if (!CheckId(share.vault_id, "share").ok() || !CheckCustodian(share.custodian, "share").ok() ||
      !CheckShareNumbers(share.threshold, share.share_count).ok() || share.index == 0 ||
      share.index > share.share_count || share.kek_id.size() != kKekIdSize ||
      share.share.size() != kShareSize || !IsKekCheckValue(share.check_value)) {
    return NoShare();
  }
  return absl::OkStatus();
}

void AppendByte(SecretBuffer& out, size_t value) {
  CV_CHECK(value <= 255);
  out.Append(static_cast<char>(value));
}

}  // namespace

absl::Status CheckCustodian(absl::string_view custodian, FieldName field) {
  if (custodian.empty()) {
    return InvalidArgument(ErrorReason::kFieldMissing, field, "a custodian has an identity");
  }
  if (custodian.size() > kMaxCustodianSize ||
      !std::all_of(custodian.begin(), custodian.end(),
                   [](unsigned char c) { return absl::ascii_isgraph(c); })) {
    return InvalidArgument(ErrorReason::kFieldInvalid, field,
                           "a custodian's identity is a URI of at most 200 characters");
  }
  return absl::OkStatus();
}

absl::string_view CustodianName(absl::string_view custodian) {
  return custodian.substr(custodian.rfind('/') + 1);  // all of it where there is none
}

bool IsKekCheckValue(absl::string_view text) {
  return text.size() == kCheckValueSize && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f');
         });
}

SecretBytes SerializeCustodianShare(const CustodianShare& share) {
  CV_CHECK(CheckFields(share).ok());
  SecretBuffer out;
  out.Append(kMagic);
  AppendByte(out, share.index);
  AppendByte(out, share.threshold);
  AppendByte(out, share.share_count);
  out.Append(share.kek_id);
  out.Append(share.check_value);
  out.Append(SecretBytesAccess::View(share.share));
  AppendByte(out, share.vault_id.size());
  out.Append(share.vault_id);
  AppendByte(out, share.custodian.size());
  out.Append(share.custodian);
  return out.Release();
}

absl::StatusOr<CustodianShare> ParseCustodianShare(const SecretBytes& document) {
  Reader in(SecretBytesAccess::View(document));
  if (in.Take(kMagic.size()) != kMagic) return NoShare();
  CustodianShare share;
  share.index = in.TakeByte();
  share.threshold = in.TakeByte();
  share.share_count = in.TakeByte();
  share.kek_id = in.TakeText(kKekIdSize);
  share.check_value = in.TakeText(kCheckValueSize);
  share.share = SecretBytes::CopyOf(in.Take(kShareSize));
  share.vault_id = in.TakeText(in.TakeByte());
  share.custodian = in.TakeText(in.TakeByte());
  if (!in.AllTaken()) return NoShare();
  RETURN_IF_ERROR(CheckFields(share));
  return share;
}

}  // namespace cardvault
