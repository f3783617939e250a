#include "forwarder/outbound/outbound_sender.h"

#include <optional>
#include <utility>

#include "base/error_reason.h"
#include "base/protections.h"
#include "base/status.h"
#include "card/pan.h"
#include "forwarder/outbound/https_call.h"
#include "forwarder/outbound/https_loop.h"
#include "forwarder/outbound/message_proof.h"
#include "forwarder/outbound/message_reader.h"
#include "forwarder/outbound/request_opener.h"
#include "forwarder/outbound/signed_request.h"
#include "forwarder/outbound/slot_values.h"
#include "forwarder/outbound/upstream_url.h"

namespace cardvault {
namespace {

using Delivery = OutboundAnswer::Delivery;

// One request on its way. Shared by the functions of its HttpsCall, all of which run on one thread.
class Sending final {
 public:
  Sending(const Clock& clock, OutboundRequest request, UpstreamUrl url, Outbound::Done done)
      : clock_(clock), request_(std::move(request)), url_(std::move(url)), done_(std::move(done)) {}

  // What is opened dies when this returns.
  absl::StatusOr<HttpsMessage> Build() const {
    const absl::Time now = clock_.Now() + request_.transport.clock_offset;
    ASSIGN_OR_RETURN(const SlotValues values, OpenSlots(request_, now));
    ASSIGN_OR_RETURN(SignedRequest signed_request,
                     BuildSignedRequest(request_.plan, url_, request_.secrets, values, now));
    return std::move(signed_request.message);
  }

  void OnBodyGone() {
    if (request_.cvv.has_value()) request_.cvv->Consume();
  }

  void End(HttpsResult result) {
    if (request_.cvv.has_value()) {
      if (result.may_have_arrived) {
        request_.cvv->Consume();
      } else {
        request_.cvv->GiveBack();
      }
    }
    std::move(done_)(AnswerOf(std::move(result)));
  }

 private:
  OutboundAnswer AnswerOf(HttpsResult result) const {
    OutboundAnswer answer;
    answer.http_status = result.http_status;
    answer.error = std::move(result.error);
    if (!result.may_have_arrived) {
      answer.delivery = Delivery::kNotSent;
      return answer;
    }
    answer.delivery = Delivery::kUnknown;
    if (answer.error.ok()) answer.error = Read(std::move(result), answer);
    if (answer.error.ok()) answer.delivery = Delivery::kAnswered;
    return answer;
  }

  absl::Status Read(HttpsResult result, OutboundAnswer& answer) const {
    if (answer.http_status < 200 || answer.http_status > 299) {
      return Unavailable(ErrorReason::kUnspecified, "the upstream answered with an HTTP error");
    }
    // Opened again for the firewall: it was wiped when the request had left.
    std::optional<Pan> sent_pan;
    if (HasSlot(request_.plan.body, PlanSlot::kPan)) {
      ASSIGN_OR_RETURN(sent_pan, OpenPanOf(request_));
    }
    IncomingMessage message = {"POST", url_.path, url_.host, std::move(result.headers),
                               std::move(result.body)};
    absl::StatusOr<ReadMessage> read =
        ReadIncoming(std::move(message), request_.plan.answer, request_.secrets,
                     sent_pan.has_value() ? &*sent_pan : nullptr);
    if (!read.ok()) {
      return Unavailable(ErrorReason::kUnspecified, "the upstream's answer is not a JSON object");
    }
    answer.has_proof = read->has_proof;
    answer.verified = read->verified;
    answer.fields = std::move(read->fields);
    answer.found_card = read->found_card;
    return absl::OkStatus();
  }

  const Clock& clock_;
  OutboundRequest request_;
  const UpstreamUrl url_;
  Outbound::Done done_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<OutboundSender>> OutboundSender::Start(const Clock& clock) {
  HttpsLimits limits;
  limits.has_resend_guard = !ProtectionIsOff(Protection::kResendGuard);
  return Start(clock, limits);
}

absl::StatusOr<std::unique_ptr<OutboundSender>> OutboundSender::Start(const Clock& clock,
                                                                      HttpsLimits limits) {
  ASSIGN_OR_RETURN(std::unique_ptr<HttpsLoop> loop, HttpsLoop::Start(clock, limits));
  return std::unique_ptr<OutboundSender>(new OutboundSender(clock, std::move(loop)));
}

OutboundSender::OutboundSender(const Clock& clock, std::unique_ptr<HttpsLoop> loop)
    : clock_(clock), loop_(std::move(loop)) {}

OutboundSender::~OutboundSender() = default;

void OutboundSender::Send(OutboundRequest request, Done done) {
  HttpsCall call;
  call.transport = request.transport;
  call.answer_headers = HeadersOfProof(request.plan.answer.proof);
  absl::StatusOr<UpstreamUrl> url = JoinUpstreamUrl(request.transport.base_url, request.plan.path);
  const absl::Status malformed = url.status();
  if (url.ok()) call.url = url->url;
  const auto sending = std::make_shared<Sending>(
      clock_, std::move(request), url.ok() ? *std::move(url) : UpstreamUrl(), std::move(done));
  call.build = [sending, malformed]() -> absl::StatusOr<HttpsMessage> {
    if (!malformed.ok()) return malformed;
    return sending->Build();
  };
  call.on_body_gone = [sending] { sending->OnBodyGone(); };
  call.done = [sending](HttpsResult result) { sending->End(std::move(result)); };
  loop_->Submit(std::move(call));
}

void OutboundSender::Stop(absl::Duration patience) { loop_->Stop(patience); }

}  // namespace cardvault
