#include "server/wire/notification_data.h"

#include <string>
#include <utility>

#include "base/error_reason.h"
#include "base/secret_bytes.h"
#include "base/status.h"
#include "card/free_text.h"
#include "server/wire/field_checks.h"
#include "server/wire/payment_data.h"

namespace cardvault {
namespace {

constexpr int kHttpOk = 200;

void AddHeaders(const MessageHeaders& headers,
                google::protobuf::RepeatedPtrField<v1::HttpHeader>& out) {
  for (const auto& [name, value] : headers) {
    v1::HttpHeader* header = out.Add();
    header->set_name(name);
    header->set_value(value);
  }
}

}  // namespace

absl::StatusOr<NotificationInput> ToNotificationInput(
    const CallContext& call, const v1::VerifyNotificationRequest& request) {
  ASSIGN_OR_RETURN(RouteName route, ParseId<RouteName>(request.route(), "route"));
  if (request.body().size() > kMaxNotificationSize) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "body", "larger than 256 KiB");
  }
  if (request.headers_size() > kMaxNotificationHeaders) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "headers", "more than 64 headers");
  }
  RETURN_IF_ERROR(CheckFreeText(request.path(), kMaxUrlSize, "path"));
  RETURN_IF_ERROR(CheckFreeText(request.host(), kMaxTextSize, "host"));
  NotificationInput input{call, std::move(route), {}};
  input.message.method = "POST";
  input.message.path = request.path();
  input.message.host = request.host();
  for (const v1::HttpHeader& header : request.headers()) {
    RETURN_IF_ERROR(CheckFreeText(header.name(), kMaxNameSize, "headers.name"));
    // Signatures of hex digits may look like a card number; values are read by the proof and go
    // nowhere else.
    if (header.value().size() > kMaxHeaderValueSize) {
      return InvalidArgument(ErrorReason::kFieldInvalid, "headers.value", "larger than 8 KiB");
    }
    input.message.headers.emplace_back(header.name(), header.value());
  }
  input.message.body = SecretBytes::CopyOf(request.body());
  return input;
}

v1::VerifyNotificationResponse ToNotificationResponse(const NotificationResult& result,
                                                      VaultMode mode) {
  v1::VerifyNotificationResponse response;
  response.set_refused(result.refusal != ErrorReason::kUnspecified);
  response.set_refusal(std::string(ReasonName(result.refusal)));
  // Of what is not believed nothing is shown but what the ledger has.
  if (result.payment.has_value()) {
    v1::NotificationEvent& event = *response.mutable_event();
    event.set_payment_id(result.payment->payment_id());
    event.set_raw_status(result.raw_status);
    event.set_state(static_cast<v1::PaymentState>(result.state));
    event.set_unconfirmed(result.unconfirmed);
    event.set_repeated(result.repeated);
    event.set_applied(result.applied);
    *response.mutable_payment() = ToPayment(*result.payment, mode);
  }
  if (result.acknowledgement.has_value()) {
    v1::HttpAnswer& answer = *response.mutable_acknowledgement();
    answer.set_status(kHttpOk);
    AddHeaders(result.acknowledgement->headers, *answer.mutable_headers());
    answer.set_body(result.acknowledgement->body);
  }
  return response;
}

v1::DryRunResponse ToDryRunResponse(const DryRunResult& result) {
  v1::DryRunResponse response;
  for (const absl::Status& status : result.faults) {
    v1::DryRunFault* fault = response.add_faults();
    fault->set_reason(std::string(ReasonName(ReasonOf(status))));
    fault->set_field(std::string(FieldOf(status)));
    fault->set_text(std::string(status.message()));
  }
  if (result.preview.has_value()) {
    response.set_url(result.preview->url);
    AddHeaders(result.preview->headers, *response.mutable_headers());
    response.set_body(result.preview->body);
  }
  return response;
}

}  // namespace cardvault
