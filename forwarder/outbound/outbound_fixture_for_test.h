#ifndef CARDVAULT_FORWARDER_OUTBOUND_OUTBOUND_FIXTURE_FOR_TEST_H_
#define CARDVAULT_FORWARDER_OUTBOUND_OUTBOUND_FIXTURE_FOR_TEST_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"
#include "base/secret_bytes.h"
#include "base/testing/fake_clock.h"
#include "card/test_pans.h"
#include "forwarder/outbound/card_payment_for_test.h"
#include "forwarder/outbound/https_limits.h"
#include "forwarder/outbound/outbound_sender.h"
#include "forwarder/outbound/sorted_values.h"
#include "forwarder/outbound/testing/throwaway_ca.h"
#include "forwarder/outbound/testing/tls_server.h"
#include "gtest/gtest.h"
#include "tests/testing/temp_dir.h"

namespace cardvault {

// A sender, an upstream and payments between them.
class OutboundFixture : public ::testing::Test {
 protected:
  OutboundFixture() {
    ca_.WriteTo(ca_file_);
    StartSender();
  }

  void StartSender(HttpsLimits limits = HttpsLimits()) {
    sender_ = *OutboundSender::Start(clock_, limits);
  }

  void Serve(TlsServer::Handler handler) {
    server_ = std::make_unique<TlsServer>(ca_, std::move(handler));
    transport_ = CardPayment::TransportTo(server_->port(), ca_file_);
  }
  void ServeAnswer(int status, const std::string& body) {
    Serve([=](const TlsServer::Request&) { return TlsServer::Reply{HttpAnswer(status, body)}; });
  }

  OutboundRequest H2h() { return payment_.H2h(kVisaTestPan, "568", transport_); }
  OutboundRequest Praxis() { return payment_.Praxis(kVisaTestPan, "568", transport_); }
  OutboundRequest Praxis13() { return payment_.Praxis13(kVisaTestPan, "568", transport_); }

  OutboundAnswer Send(OutboundRequest request) {
    std::optional<OutboundAnswer> answer;
    absl::Notification done;
    sender_->Send(std::move(request), [&](OutboundAnswer given) {
      answer = std::move(given);
      done.Notify();
    });
    done.WaitForNotification();
    return *std::move(answer);
  }

  static std::string FieldOf(const OutboundAnswer& answer, const std::string& path) {
    for (const AnswerField& field : answer.fields) {
      if (field.path == path) return field.text;
    }
    return "(none)";
  }

  // A Praxis answer of these members, signed.
  static std::string Signed(const std::map<std::string, std::string>& members,
                            absl::string_view secret = "MerchantSecretKey") {
    SortedValues sorted;
    std::string body = "{";
    for (const auto& [name, value] : members) {
      sorted.Add(name, value);
      absl::StrAppend(&body, "\"", name, "\":\"", value, "\",");
    }
    return absl::StrCat(body, "\"signature\":\"", *sorted.Sign(SecretBytes::CopyOf(secret)), "\"}");
  }

  FakeClock clock_;
  CardPayment payment_{clock_};
  TempDir directory_;
  const std::string ca_file_ = directory_.File("ca.pem");
  ThrowawayCa ca_;
  TransportSettings transport_;
  std::unique_ptr<TlsServer> server_;
  std::unique_ptr<OutboundSender> sender_;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_OUTBOUND_FIXTURE_FOR_TEST_H_
