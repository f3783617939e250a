#ifndef CARDVAULT_TOKENIZER_REQUEST_LOG_H_
#define CARDVAULT_TOKENIZER_REQUEST_LOG_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/id.h"
#include "card/token.h"
#include "keys/mac_key.h"
#include "vault/commit/write_set.h"
#include "vault/records/card_tables.h"
#include "vault/records/window_rows.h"

namespace cardvault {

// One request_id of one merchant and RPC: what was answered under it within the window, and the
// place to record what is answered now. Thread-compatible.
class RequestLog final {
 public:
  struct Request {
    const MerchantId& merchant;
    absl::string_view rpc;  // a literal
    const RequestId& id;
    // Over the request's fields, under the key version that is given.
    std::function<std::string(const MacKey&)> digest;
  };

  // What the id stands for within the window.
  enum class Standing {
    kNew,           // nothing yet
    kAnswered,      // this very request
    kOtherContent,  // another request: REQUEST_ID_REUSED
  };

  // Compares the contents, the PAN among them, by their digests: what comes of it is for the caller
  // only behind the enumeration guard.
  static absl::StatusOr<RequestLog> Open(const CardTables& tables, const Request& request,
                                         absl::Time now);

  Standing standing() const { return standing_; }
  // What was recorded. Only when the standing is kAnswered.
  const StoredRequest& answered() const { return *earlier_; }

  // Makes `set` conditional on the record standing as it was read.
  void Hold(WriteSet& set) const { HoldRequest(row_keys_, earlier_, set); }

  // Records the answer in `set`, on the condition that no other call did meanwhile. Only when the
  // standing is kNew.
  void Record(const Token& token, uint32_t disposition, absl::Time now, absl::Duration window,
              WriteSet& set) const;

 private:
  RequestLog() = default;

  std::vector<std::string> row_keys_;     // under each live version, the active one first
  uint32_t row_index_version_ = 0;        // of the first
  std::optional<StoredRequest> earlier_;  // as it stands in the store, its window passed or not
  Standing standing_ = Standing::kNew;
  std::string digest_;
  uint32_t digest_key_version_ = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_TOKENIZER_REQUEST_LOG_H_
