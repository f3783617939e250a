#include "tests/torture/card_traffic.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/testing/test_requests.h"
#include "tests/testing/vault_process.h"
#include "tests/torture/schedule.h"

namespace cardvault::torture {
namespace {

using testing::Call;

// More calls under way than the machine has cores: some are between their look at the keyring and
// their commit whenever a key changes.
constexpr uint64_t kThreads = 12;
// Of the numbers some are new to the end of a run: one more of them is drawn from after so many
// calls.
constexpr size_t kCallsPerNumber = 8;
// A server that answers UNAVAILABLE and was not killed is not going to answer otherwise.
constexpr int kMaxTries = 200;
constexpr const char* kNames[] = {"Jane Doe", "John Doe", "Jane Roe", "Richard Roe"};
constexpr absl::Duration kPause = absl::Milliseconds(5);

std::string TextOf(const grpc::Status& status, const Call& call) {
  return absl::StrCat(static_cast<int>(status.error_code()), " ", call.reason(), " ",
                      status.error_message());
}

// Again on the next server when this one is gone.
grpc::Status UntilAnswered(
    KeyArena& arena, std::string& text,
    absl::FunctionRef<grpc::Status(const KeyStubs&, grpc::ClientContext*)> make_call) {
  for (int tries = 1;; ++tries) {
    const std::shared_ptr<const KeyStubs> stubs = arena.stubs();
    Call call;
    grpc::Status status = make_call(*stubs, call);
    if (status.error_code() != grpc::StatusCode::UNAVAILABLE || tries == kMaxTries) {
      text = TextOf(status, call);
      return status;
    }
    absl::SleepFor(kPause);
  }
}

}  // namespace

void CardTraffic::Start() {
  stop_ = false;
  ++round_;
  for (uint64_t thread = 0; thread < kThreads; ++thread) {
    threads_.emplace_back([this, thread] { Work(thread); });
  }
}

void CardTraffic::Stop() {
  stop_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void CardTraffic::Work(uint64_t thread) {
  std::mt19937_64 random(Mix(schedule_.seed, round_ * kThreads + thread));
  for (int i = 0; !stop_; ++i) {
    const size_t known = std::min(schedule_.numbers.size(), 1 + ++begun_ / kCallsPerNumber);
    const size_t number = random() % known;
    const std::string request_id = absl::StrCat("t", round_, "-", thread, "-", i);
    const uint64_t draw = random() % 32;
    if (draw == 0) {
      SetCredential(random());
    } else if (draw < 6) {
      Update(random());
    } else {
      const bool reuses = draw < 16;
      Tokenize(request_id, number, reuses);
      if (draw % 6 == 0) Tokenize(request_id, number, reuses);
    }
  }
}

void CardTraffic::OfferAllAgain() {
  for (size_t number = 0; number < schedule_.numbers.size(); ++number) {
    Tokenize(absl::StrCat("again-", number), number, /*reuses=*/true);
  }
}

void CardTraffic::Tokenize(const std::string& request_id, size_t number, bool reuses) {
  v1::TokenizeRequest request = testing::TokenizeOf(request_id, schedule_.numbers[number], "");
  request.set_reuse(reuses ? v1::REUSE_MERCHANT : v1::REUSE_NONE);
  v1::TokenizeResponse response;
  std::string text;
  const grpc::Status status =
      UntilAnswered(arena_, text, [&](const KeyStubs& stubs, grpc::ClientContext* context) {
        return stubs.ingest->Tokenize(context, request, &response);
      });
  if (!status.ok()) {
    findings_.AddUnreadable(absl::StrCat("card ", number, " is refused: ", text));
    return;
  }
  const v1::TokenData& token = response.token();
  const std::string difference =
      book_.Enter({request_id, number, reuses, token.token(), token.fingerprint()});
  if (!difference.empty()) findings_.AddDuplicated(difference);
}

void CardTraffic::Update(uint64_t random) {
  const std::optional<AcknowledgedCard> card = book_.Draw(random);
  if (!card.has_value()) return;
  std::string text;
  const grpc::Status status =
      UntilAnswered(arena_, text, [&](const KeyStubs& stubs, grpc::ClientContext* context) {
        v1::GetTokenRequest get;
        get.set_token(card->token);
        v1::GetTokenResponse got;
        Call first;
        grpc::Status found = stubs.tokens->GetToken(first, get, &got);
        if (!found.ok()) return found;
        v1::UpdateCardRequest request;
        request.set_token(card->token);
        request.set_revision(got.token().revision());
        request.set_cardholder_name(kNames[random % std::size(kNames)]);
        v1::UpdateCardResponse response;
        return stubs.tokens->UpdateCard(context, request, &response);
      });
  // ABORTED: another call changed the token meanwhile, or this one's first try did.
  if (!status.ok() && status.error_code() != grpc::StatusCode::ABORTED) {
    findings_.AddUnreadable(absl::StrCat("token ", card->token, " is not updated: ", text));
  }
}

void CardTraffic::SetCredential(uint64_t random) {
  std::string text;
  const grpc::Status status =
      UntilAnswered(arena_, text, [&](const KeyStubs& stubs, grpc::ClientContext* context) {
        return KeyArena::SetCredential(stubs, context, absl::StrCat("secret ", random));
      });
  if (!status.ok() && status.error_code() != grpc::StatusCode::ABORTED) {
    findings_.AddUnreadable(absl::StrCat("the route's credential is not set: ", text));
  }
}

}  // namespace cardvault::torture
