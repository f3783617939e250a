#include "tokenizer/request_log.h"

#include <memory>
#include <utility>

#include "base/status.h"
#include "keys/key_purpose.h"
#include "keys/keyring.h"
#include "tokenizer/request_digest.h"

namespace cardvault {

absl::StatusOr<RequestLog> RequestLog::Open(const CardTables& tables, const Request& request,
                                            absl::Time now) {
  RequestLog log;
  log.row_index_version_ = tables.row_keys().active_version();
  for (const RowKeys& row_keys : tables.row_keys().newest_first()) {
    log.row_keys_.push_back(row_keys.Request(request.merchant, request.rpc, request.id));
  }
  ASSIGN_OR_RETURN(log.earlier_, FindRequest(tables.engine(), log.row_keys_));
  if (log.earlier_.has_value() &&
      absl::FromUnixMicros(log.earlier_->record.expire_micros()) > now) {
    const storage::v1::IdempotencyRecord& record = log.earlier_->record;
    if (record.digest_format() != kDigestFormat) {
      return DataLoss("an idempotency record's digest has an unknown format");
    }
    ASSIGN_OR_RETURN(
        const std::shared_ptr<const MacKey> then,
        tables.keyring().MacVersion(KeyPurpose::kRequestDigest, record.digest_key_version()));
    log.standing_ = SameDigest(request.digest(*then), record.request_digest())
                        ? Standing::kAnswered
                        : Standing::kOtherContent;
    return log;
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<const MacKey> mac,
                   tables.keyring().ActiveMac(KeyPurpose::kRequestDigest));
  log.digest_ = request.digest(*mac);
  log.digest_key_version_ = mac->version();
  return log;
}

void RequestLog::Record(const Token& token, uint32_t disposition, absl::Time now,
                        absl::Duration window, WriteSet& set) const {
  storage::v1::IdempotencyRecord record;
  record.set_request_digest(digest_);
  record.set_digest_key_version(digest_key_version_);
  record.set_digest_format(kDigestFormat);
  record.set_token(std::string(token.binary()));
  record.set_disposition(disposition);
  record.set_create_micros(absl::ToUnixMicros(now));
  record.set_expire_micros(absl::ToUnixMicros(now + window));
  set.sealed_under.push_back({KeyPurpose::kRequestDigest, digest_key_version_});
  set.sealed_under.push_back({KeyPurpose::kRowIndex, row_index_version_});
  PutRequest(row_keys_, earlier_, std::move(record), set);
}

}  // namespace cardvault
