#include "tests/torture/courier.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace cardvault::torture {
namespace {

using testing::Call;

// Of a hundred notifications.
constexpr uint64_t kLost = 10;
constexpr uint64_t kDoubled = 15;
constexpr uint64_t kHeld = 35;
constexpr uint64_t kAcknowledgedInVain = 10;
constexpr uint64_t kRoundsHeldMax = 8;

}  // namespace

Courier::Courier(Arena& arena, const Schedule& schedule, const Payer& payer,
                 PaymentHistory& history, Findings& findings)
    : arena_(arena), schedule_(schedule), payer_(payer), history_(history), findings_(findings) {
  for (const PlannedPayment& payment : schedule.payments) planned_[payment.id] = &payment;
}

void Courier::Round() {
  for (const Gateway gateway : kGateways) {
    for (Letter& letter : Fetch(gateway)) Take(std::move(letter));
  }
  std::vector<Letter> held = std::exchange(held_, {});
  for (auto letter = held.rbegin(); letter != held.rend(); ++letter) {
    if (--letter->rounds_to_wait < 0) Deliver(*letter, /*keeps_acknowledgement=*/false);
  }
  for (Letter& letter : held) {
    if (letter.rounds_to_wait >= 0) held_.push_back(std::move(letter));
  }
}

void Courier::DeliverHeld() {
  const std::vector<Letter> held = std::exchange(held_, {});
  for (auto letter = held.rbegin(); letter != held.rend(); ++letter) {
    Deliver(*letter, /*keeps_acknowledgement=*/false);
  }
}

std::vector<Courier::Letter> Courier::Fetch(Gateway gateway) {
  int64_t& last = last_number_[gateway];
  const std::string text = arena_.sandbox().Get(
      arena_.Port(gateway), absl::StrCat("/sandbox/notifications?after=", last));
  rapidjson::Document document;
  document.Parse(text.c_str());
  CV_CHECK(document.IsArray());
  std::vector<Letter> letters;
  for (const rapidjson::Value& entry : document.GetArray()) {
    Letter letter;
    letter.gateway = gateway;
    letter.number = last = entry["number"].GetInt64();
    letter.order = entry["order"].GetString();
    letter.body = entry["body"].GetString();
    for (const auto& header : entry["headers"].GetObject()) {
      letter.headers.emplace_back(header.name.GetString(), header.value.GetString());
    }
    letters.push_back(std::move(letter));
  }
  return letters;
}

void Courier::Take(Letter letter) {
  if (planned_.count(letter.order) == 0) return;
  uint64_t draw = Mix(schedule_.seed, taken_[letter.order]++);
  for (const char c : letter.order) draw = Mix(draw, static_cast<uint64_t>(c));
  const bool keeps_acknowledgement = draw / 1000 % 100 < kAcknowledgedInVain;
  const uint64_t fate = draw % 100;
  if (fate < kLost) return;
  if (fate < kLost + kDoubled) Deliver(letter, keeps_acknowledgement);
  if (fate >= kLost + kDoubled && fate < kLost + kDoubled + kHeld) {
    letter.rounds_to_wait = static_cast<int>(draw / 100'000 % kRoundsHeldMax);
    held_.push_back(std::move(letter));
    return;
  }
  Deliver(letter, keeps_acknowledgement);
}

void Courier::Deliver(const Letter& letter, bool keeps_acknowledgement) {
  v1::VerifyNotificationRequest request;
  request.set_route(planned_.at(letter.order)->route);
  request.set_body(letter.body);
  request.set_path("/notify");
  request.set_host("shop.example");
  for (const auto& [name, value] : letter.headers) {
    v1::HttpHeader& header = *request.add_headers();
    header.set_name(name);
    header.set_value(value);
  }
  const auto stubs = arena_.stubs();
  const PaymentHistory::Known before = history_.Before(letter.order);
  Call call;
  v1::VerifyNotificationResponse response;
  if (stubs->pay_in->VerifyNotification(call, request, &response).ok()) {
    if (response.has_payment()) history_.Told(before, response.payment());
    return Judge(letter, response, keeps_acknowledgement);
  }
  if (call.reason().empty()) {  // the server died: the gateway would send it again
    held_.push_back(letter);
    return;
  }
  findings_.AddWrong(
      absl::StrCat("a notification of ", letter.order, " was an error: ", call.reason()));
}

void Courier::Judge(const Letter& letter, const v1::VerifyNotificationResponse& response,
                    bool keeps_acknowledgement) {
  if (response.refused()) {
    if (response.has_acknowledgement()) {
      findings_.AddWrong(
          absl::StrCat("a notification of ", letter.order, " was refused and acknowledged"));
    }
    const bool is_forgotten = response.refusal() == "PAYMENT_NOT_FOUND" && history_.HasForgotten();
    if (!payer_.IsForged(letter.order) && !is_forgotten) {
      findings_.AddWrong(
          absl::StrCat("a notification of ", letter.order, " was refused: ", response.refusal()));
    }
    return;
  }
  if (keeps_acknowledgement || !response.has_acknowledgement()) {
    v1::HttpAnswer unavailable;
    unavailable.set_status(503);
    return Reply(letter, unavailable, /*is_acknowledgement=*/false);
  }
  Reply(letter, response.acknowledgement(), /*is_acknowledgement=*/true);
}

void Courier::Reply(const Letter& letter, const v1::HttpAnswer& answer, bool is_acknowledgement) {
  rapidjson::StringBuffer text;
  rapidjson::Writer<rapidjson::StringBuffer> json(text);
  json.StartObject();
  json.Key("number");
  json.Int64(letter.number);
  json.Key("status");
  json.Int(answer.status());
  json.Key("headers");
  json.StartObject();
  for (const v1::HttpHeader& header : answer.headers()) {
    json.Key(header.name().c_str());
    json.String(header.value().c_str());
  }
  json.EndObject();
  json.Key("body");
  json.String(answer.body().c_str(), static_cast<rapidjson::SizeType>(answer.body().size()));
  json.EndObject();
  const std::string told = arena_.sandbox().Post(
      arena_.Port(letter.gateway), "/sandbox/notifications/acknowledge", text.GetString());
  if (is_acknowledgement && !absl::StrContains(told, "\"acknowledged\":true")) {
    findings_.AddWrong(absl::StrCat("the acknowledgement of a notification of ", letter.order,
                                    " is wrong: ", told));
  }
}

}  // namespace cardvault::torture
