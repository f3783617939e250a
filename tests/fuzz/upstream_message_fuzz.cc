// What upstreams answer and send, by every connector: nothing of the card comes in, whatever stands
// in the message.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/secret_bytes.h"
#include "card/pan.h"
#include "card/test_pans.h"
#include "forwarder/connector.h"
#include "forwarder/connector_registry.h"
#include "forwarder/outbound/message_reader.h"
#include "forwarder/outbound/outbound.h"
#include "forwarder/route.h"
#include "forwarder/testing/route_documents.h"
#include "tests/fuzz/fuzz_input.h"

using namespace cardvault;  // NOLINT(build/namespaces): a program of one function

namespace {

struct Upstream {
  std::shared_ptr<const Route> route;
  const Connector* connector;
};

std::vector<Upstream> Upstreams() {
  std::vector<Upstream> upstreams;
  for (const char* const document :
       {kH2hRouteDocument, kPraxisRouteDocument, kPraxis13RouteDocument}) {
    ParsedRoute parsed = ParseRoute(document);
    CV_CHECK(parsed.mistakes.empty());
    const Connector* const connector = FindConnector(parsed.route->connector);
    upstreams.push_back({std::move(parsed.route), connector});
  }
  return upstreams;
}

RouteSecrets Secrets(const Upstream& upstream) {
  RouteSecrets secrets;
  for (const std::string& name : upstream.connector->CredentialNames(*upstream.route->settings)) {
    secrets[name].current = std::make_shared<const SecretBytes>(SecretBytes::CopyOf("secret"));
  }
  return secrets;
}

void Read(const Upstream& upstream, absl::string_view body, const MessageRule& rule,
          bool is_answer) {
  static const Pan* const pan = new Pan(*Pan::Parse(kVisaTestPan));
  IncomingMessage message;
  message.body = SecretBytes::CopyOf(body);
  absl::StatusOr<ReadMessage> read =
      ReadIncoming(std::move(message), rule, Secrets(upstream), is_answer ? pan : nullptr);
  if (!read.ok()) return;
  for (const AnswerField& field : read->fields) {
    CV_CHECK(!absl::StrContains(field.text, kVisaTestPan));
  }
  SentPayment sent{"order-1", "USD", 1500, 2, 2};
  const ConnectorSettings& settings = *upstream.route->settings;
  if (!is_answer) {
    upstream.connector->ReadNotification(*read, {}, settings);
    upstream.connector->ReadNotifiedOutcome(*read, sent, settings);
    return;
  }
  OutboundAnswer answer;
  answer.delivery = OutboundAnswer::Delivery::kAnswered;
  answer.http_status = 200;
  answer.has_proof = read->has_proof;
  answer.verified = read->verified;
  answer.fields = std::move(read->fields);
  upstream.connector->ReadAnswer(answer, sent);
  upstream.connector->ReadStatus(answer, sent, settings);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::vector<Upstream>* const upstreams = new std::vector<Upstream>(Upstreams());
  const absl::string_view body = fuzz::InputOf(data, size);
  for (const Upstream& upstream : *upstreams) {
    const ConnectorSettings& settings = *upstream.route->settings;
    Read(upstream, body, upstream.connector->NotificationRule(settings), /*is_answer=*/false);
    const SentPayment sent{"order-1", "USD", 1500, 2, 2};
    for (const RequestPlan& plan : upstream.connector->PlanStatus(sent, settings)) {
      Read(upstream, body, plan.answer, /*is_answer=*/true);
    }
  }
  return 0;
}
