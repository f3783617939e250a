#include "forwarder/testing/fake_outbound.h"

#include <variant>

namespace cardvault {
namespace {

OutboundAnswer Approval(const OutboundRequest& request) {
  if (std::holds_alternative<CanonicalHmacSigner>(request.plan.signer)) {
    return FakeOutbound::Answered(
        {{"request_status", "success"},
         {"payment_id", "gateway-1"},
         {"merchant_payment_id", BodyText(request.plan.body, "payment.payment_id")},
         {"payment_status", "success"}});
  }
  return FakeOutbound::Answered({{"status", "0"},
                                 {"trace_id", "752856"},
                                 {"transaction_id", "tx-1"},
                                 {"transaction_status", "approved"}});
}

}  // namespace

OutboundAnswer FakeOutbound::Answered(std::vector<std::pair<std::string, std::string>> fields) {
  OutboundAnswer answer;
  answer.delivery = OutboundAnswer::Delivery::kAnswered;
  answer.http_status = 200;
  answer.has_proof = true;
  answer.verified = true;
  for (auto& [path, text] : fields) {
    answer.fields.push_back({std::move(path), std::move(text), true, false});
  }
  return answer;
}

OutboundAnswer FakeOutbound::NotSent(absl::Status error) {
  OutboundAnswer answer;
  answer.delivery = OutboundAnswer::Delivery::kNotSent;
  answer.error = std::move(error);
  return answer;
}

OutboundAnswer FakeOutbound::Unknown(absl::Status error) {
  OutboundAnswer answer;
  answer.delivery = OutboundAnswer::Delivery::kUnknown;
  answer.error = std::move(error);
  return answer;
}

void FakeOutbound::AnswerWith(Answerer answerer) {
  absl::MutexLock lock(&mutex_);
  answerer_ = std::move(answerer);
}

void FakeOutbound::Hold() {
  absl::MutexLock lock(&mutex_);
  holding_ = true;
}

void FakeOutbound::Release() {
  std::vector<Held> held;
  {
    absl::MutexLock lock(&mutex_);
    holding_ = false;
    held.swap(held_);
  }
  for (Held& transfer : held) Finish(std::move(transfer.request), std::move(transfer.done));
}

void FakeOutbound::WaitForHeld(size_t count) {
  const auto enough = [this, count]()
                          ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return held_.size() >= count; };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&enough));
}

std::vector<RequestPlan> FakeOutbound::sent() const {
  absl::MutexLock lock(&mutex_);
  return sent_;
}

std::vector<bool> FakeOutbound::sent_with_cvv() const {
  absl::MutexLock lock(&mutex_);
  return sent_with_cvv_;
}

int FakeOutbound::send_count() const {
  absl::MutexLock lock(&mutex_);
  return send_count_;
}

void FakeOutbound::Send(OutboundRequest request, Done done) {
  {
    absl::MutexLock lock(&mutex_);
    ++send_count_;
    if (holding_) {
      held_.push_back({std::move(request), std::move(done)});
      return;
    }
  }
  Finish(std::move(request), std::move(done));
}

void FakeOutbound::Finish(OutboundRequest request, Done done) {
  Answerer answerer;
  {
    absl::MutexLock lock(&mutex_);
    answerer = answerer_ != nullptr ? answerer_ : Approval;
  }
  OutboundAnswer answer = answerer(request);
  // An upstream whose answers carry no proof has none to be right.
  if (std::holds_alternative<NoProof>(request.plan.answer.proof)) {
    answer.has_proof = false;
    answer.verified = false;
  }
  if (answer.delivery == OutboundAnswer::Delivery::kNotSent) {
    if (request.cvv.has_value()) request.cvv->GiveBack();
  } else {
    absl::MutexLock lock(&mutex_);
    sent_with_cvv_.push_back(request.cvv.has_value());
    if (request.cvv.has_value()) request.cvv->Consume();
    sent_.push_back(std::move(request.plan));
  }
  std::move(done)(std::move(answer));
}

std::string BodyText(const PlanObject& body, const std::string& path) {
  const size_t dot = path.find('.');
  for (const PlanField& field : body) {
    if (field.name != path.substr(0, dot)) continue;
    if (dot != std::string::npos) {
      const auto* object = std::get_if<PlanObject>(&field.value);
      return object == nullptr ? "" : BodyText(*object, path.substr(dot + 1));
    }
    const auto* text = std::get_if<std::string>(&field.value);
    return text == nullptr ? "" : *text;
  }
  return "";
}

}  // namespace cardvault
