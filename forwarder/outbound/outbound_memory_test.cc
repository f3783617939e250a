// What of cards and codes is in the process's memory while answers are awaited, and afterwards, on
// kept connections: nothing. Runs with the allocator's settings of the server (design.md, 11).

#include <openssl/crypto.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/clock.h"
#include "forwarder/outbound/card_payment_for_test.h"
#include "forwarder/outbound/outbound_sender.h"
#include "forwarder/outbound/testing/memory_search.h"
#include "forwarder/outbound/testing/upstream_process.h"
#include "gtest/gtest.h"
#include "tests/testing/card_generator.h"
#include "tests/testing/temp_dir.h"

namespace cardvault {
namespace {

constexpr int kPayments = 20;

void Cleanse(std::string& text) { OPENSSL_cleanse(text.data(), text.size()); }

// In its own frame, so that nothing of the card is left in the test's.
[[gnu::noinline]] OutboundRequest MakeRequest(CardGenerator& generator, CardPayment& payment,
                                              const TransportSettings& transport, int number,
                                              std::vector<MaskedNeedle>& needles) {
  std::string pan = generator.Pan();
  std::string cvv = generator.Cvv();
  std::string code_member = absl::StrCat("\"cvv\":\"", cvv, "\"");
  std::string half = pan.substr(4);  // also not in parts
  needles.emplace_back(pan);
  needles.emplace_back(half);
  needles.emplace_back(code_member);
  OutboundRequest request = number % 3 == 0   ? payment.H2h(pan, cvv, transport)
                            : number % 3 == 1 ? payment.Praxis(pan, cvv, transport)
                                              : payment.Praxis13(pan, cvv, transport);
  for (std::string* const text : {&pan, &cvv, &code_member, &half}) Cleanse(*text);
  return request;
}

TEST(OutboundMemoryTest, NothingOfTheRequestIsLeftOnKeptConnections) {  // S2, K1
  const TempDir directory;
  const std::string ca_file = directory.File("ca.pem");
  UpstreamProcess upstream(ca_file);  // before any thread
  const TransportSettings transport = CardPayment::TransportTo(upstream.port(), ca_file);
  CardPayment payment(SystemClock());
  CardGenerator generator = CardGenerator::FromEnvironment();
  const auto sender = *OutboundSender::Start(SystemClock());
  std::vector<MaskedNeedle> needles;
  needles.reserve(3 * kPayments);
  for (int i = 0; i < kPayments; ++i) {
    absl::Notification done;
    sender->Send(MakeRequest(generator, payment, transport, i, needles),
                 [&](OutboundAnswer answer) {
                   EXPECT_EQ(answer.delivery, OutboundAnswer::Delivery::kAnswered);
                   EXPECT_EQ(answer.fields.size(), 1u);
                   done.Notify();
                 });
    upstream.AwaitRequest();
    // The loop learns that TLS has the last byte right after the other side has it.
    for (int tries = 0; payment.cvv_state() != CvvState::kConsumed && tries < 1000; ++tries) {
      absl::SleepFor(absl::Milliseconds(5));
    }
    EXPECT_EQ(payment.cvv_state(), CvvState::kConsumed);
    if (i % 5 < 2) {
      EXPECT_EQ(CountInOwnMemory(needles), 0u) << "while answer " << i << " is awaited";
    }
    upstream.Answer();
    done.WaitForNotification();
  }
  EXPECT_EQ(CountInOwnMemory(needles), 0u) << "after all answers";

  // That the search would have found something.
  std::string planted = generator.Pan();
  needles.emplace_back(planted);
  EXPECT_GE(CountInOwnMemory(needles), 1u);
  Cleanse(planted);
  EXPECT_EQ(CountInOwnMemory(needles), 0u);
}

}  // namespace
}  // namespace cardvault
