#include "forwarder/praxis/praxis_status.h"

#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "forwarder/answer_reader.h"
#include "forwarder/praxis/praxis_signing.h"

namespace cardvault {
namespace {

constexpr absl::string_view kSubjects[] = {"order",       "order id",       "order_id",
                                           "transaction", "transaction id", "transaction_id",
                                           "trace id",    "trace_id",       "tid"};
constexpr absl::string_view kVerbs[] = {"not found", "was not found", "does not exist"};

// In small letters, with one space for whatever stands between words.
std::string WordsOf(absl::string_view sentence) {
  const std::string lower = absl::AsciiStrToLower(sentence);
  return absl::StrJoin(absl::StrSplit(lower, absl::ByAnyChar(" .:,;!"), absl::SkipEmpty()), " ");
}

// The vendor publishes neither a code nor a sentence for it, and what is taken for "not found" ends
// a payment. So the whole sentence must say it, and of the order or the transaction: "Frontend not
// found" is a mistake in the route.
bool SaysNotFound(const AnswerReader& reader, absl::string_view not_found_description) {
  const std::string text = reader.Text("description", kMaxErrorTextSize);
  if (!not_found_description.empty()) return text == not_found_description;
  const std::string words = WordsOf(text);
  for (const absl::string_view subject : kSubjects) {
    for (const absl::string_view verb : kVerbs) {
      if (words == absl::StrCat(subject, " ", verb)) return true;
    }
  }
  return false;
}

RequestPlan LookUp(const std::string& path, const char* key, std::string value,
                   const PraxisSettings& settings) {
  RequestPlan plan;
  plan.path = path;
  plan.body = {
      {key, std::move(value)},
      {"frontend", settings.frontend},
      {"merchant_id", settings.merchant_id},
      {"version", settings.version},
      {"timestamp", PlanSlot::kTimestampSeconds},
  };
  SignPraxisPlan(plan);
  return plan;
}

}  // namespace

std::vector<RequestPlan> PlanPraxisStatus(const SentPayment& sent, const PraxisSettings& settings) {
  std::vector<RequestPlan> plans = {
      LookUp(settings.find_order_path, "order_id", sent.reference, settings)};
  std::string trace_id = NewestUpstreamId(sent, "trace_id");
  if (!trace_id.empty()) {
    plans.push_back(
        LookUp(settings.find_transaction_path, "trace_id", std::move(trace_id), settings));
  }
  return plans;
}

StatusReport ReadPraxisStatusAnswer(const OutboundAnswer& answer, const PraxisMembers& members,
                                    const SentPayment& sent,
                                    absl::string_view not_found_description) {
  StatusReport report;
  if (!answer.verified) return report;
  const AnswerReader reader(answer.fields);
  if (!HasStatusWord(reader, members)) {
    const std::string status = reader.Text("status", kMaxErrorCodeSize);
    const bool refused = !status.empty() && status != "0";
    if (refused && SaysNotFound(reader, not_found_description)) {
      report.kind = StatusReport::Kind::kNotFound;
    }
    return report;
  }
  report.kind = StatusReport::Kind::kFound;
  report.outcome = ReadPraxisMessage(reader, members, sent);
  // "error" ends a sale only where the look-up repeats it. Money of a payout or a refund may have
  // moved all the same: that waits for a notification or a person.
  const PraxisStatus now = ReadPraxisStatus(report.outcome.raw_status, false);
  const bool repeats = now.is_error && ReadPraxisStatus(sent.raw_status, false).is_error;
  if (repeats && !report.outcome.conflict) {
    if (sent.kind == PaymentKind::kPayIn) {
      report.outcome.state = PaymentState::kDeclined;
    } else {
      report.outcome.needs_review = true;
    }
  }
  return report;
}

}  // namespace cardvault
