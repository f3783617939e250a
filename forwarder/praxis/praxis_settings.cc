#include "forwarder/praxis/praxis_settings.h"

#include "absl/strings/string_view.h"
#include "forwarder/route_rules.h"

namespace cardvault {
namespace {

// The document's limits.
constexpr size_t kMaxFrontendSize = 256;
constexpr size_t kMaxTransactionTypeSize = 8;
constexpr size_t kMaxVersionSize = 3;

const char* CheckPayoutWord(absl::string_view word) {
  return word == "sale" || word == "refund" ? "this word means something else already" : nullptr;
}

}  // namespace

std::shared_ptr<const PraxisSettings> PraxisSettings::Parse(RouteSection& section) {
  auto settings = std::make_shared<PraxisSettings>();
  settings->merchant_id = section.RequiredText("merchant_id", kMaxPraxisMerchantIdSize);
  settings->frontend = section.RequiredText("frontend", kMaxFrontendSize);
  settings->version = section.Text("version", "1.1", kMaxVersionSize);
  if (settings->version != "1.1")
    section.AddMistake("version",
                       "only \"1.1\" goes with this profile: 1.3 is a profile of its own");
  settings->payout_word =
      section.Text("payout_word", "payout", kMaxTransactionTypeSize, CheckPayoutWord);
  static constexpr const char* kRefundIds[] = {"trace_id", "transaction_id"};
  settings->refund_id = kRefundIds[section.Word("refund_id", 0, {"trace_id", "transaction_id"})];
  RouteSection paths = section.Section("paths", RouteSection::kOptional);
  settings->process_path = paths.Text("process", "/api/process", kMaxPraxisPathSize, CheckPath);
  settings->find_order_path =
      paths.Text("find_order", "/api/find-order", kMaxPraxisPathSize, CheckPath);
  settings->find_transaction_path =
      paths.Text("find_transaction", "/api/find-transaction", kMaxPraxisPathSize, CheckPath);
  paths.RefuseUnknownKeys();
  settings->not_found_description =
      section.Text("not_found_description", "", kMaxPraxisSentenceSize);
  return settings;
}

}  // namespace cardvault
