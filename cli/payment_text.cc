#include "cli/payment_text.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cli/table.h"
#include "cli/words.h"

namespace cardvault::cli {
namespace {

std::string UpstreamIds(const v1::Payment& payment) {
  std::string ids;
  for (const v1::UpstreamId& id : payment.upstream_ids()) {
    absl::StrAppend(&ids, ids.empty() ? "" : ", ", id.name(), " ", id.value());
  }
  return ids;
}

std::string UpstreamError(const v1::Payment& payment) {
  std::string error = payment.error_code();
  if (!payment.error_text().empty()) {
    absl::StrAppend(&error, error.empty() ? "" : " ", payment.error_text());
  }
  return error;
}

std::string Remarks(const v1::Payment& payment) {
  if (payment.conflict()) return "conflict";
  return payment.needs_review() ? "needs review" : "";
}

}  // namespace

std::string KindWord(v1::PaymentKind kind) {
  return absl::AsciiStrToLower(absl::StrReplaceAll(EnumWord(kind, "PAYMENT_KIND_"), {{"_", "-"}}));
}

std::string StateWord(v1::PaymentState state) { return EnumWord(state, "PAYMENT_STATE_"); }

std::string PaymentText(const v1::Payment& payment) {
  std::string text =
      Details({{"payment", payment.payment_id()},
               {"kind", KindWord(payment.kind())},
               {"state", StateWord(payment.state())},
               {"action", EnumWord(payment.action(), "PAYMENT_ACTION_")},
               {"redirect to", payment.redirect_url()},
               {"amount", AmountText(payment.amount(), payment.currency())},
               {"settled", payment.has_settled_amount()
                               ? AmountText(payment.settled_amount(), payment.currency())
                               : ""},
               {"refund of", payment.original_payment_id()},
               {"route", payment.route()},
               {"token", payment.token()},
               {"reference", payment.upstream_reference()},
               {"upstream ids", UpstreamIds(payment)},
               {"upstream says", payment.raw_status()},
               {"error", UpstreamError(payment)},
               {"processor", payment.processor()},
               {"conflict", payment.conflict() ? "yes: a person must look" : ""},
               {"found upstream", payment.found_upstream() ? "yes: its card is not known" : ""},
               {"needs review", payment.needs_review() ? "yes: a person must look" : ""},
               {"attempt", absl::StrCat(payment.attempt())},
               {"created", TimeText(payment.create_time())},
               {"changed", TimeText(payment.update_time())},
               {"audit object", payment.audit_reference()}});
  if (payment.timeline().empty()) return text;
  Table timeline({"TIME", "SOURCE", "STATE", "UPSTREAM SAID", "APPLIED"});
  for (const v1::PaymentEvent& event : payment.timeline()) {
    timeline.Add({TimeText(event.time()), event.source(), StateWord(event.state()),
                  event.raw_status(), event.applied() ? "yes" : "no"});
  }
  return absl::StrCat(text, "\n", timeline.Text());
}

std::string PaymentTable(const google::protobuf::RepeatedPtrField<v1::Payment>& payments) {
  Table table({"PAYMENT", "KIND", "STATE", "MINOR UNITS", "ROUTE", "CREATED", "REMARKS"});
  for (const v1::Payment& payment : payments) {
    table.Add({payment.payment_id(), KindWord(payment.kind()), StateWord(payment.state()),
               absl::StrCat(payment.amount(), " ", payment.currency()), payment.route(),
               TimeText(payment.create_time()), Remarks(payment)});
  }
  return table.Text();
}

}  // namespace cardvault::cli
