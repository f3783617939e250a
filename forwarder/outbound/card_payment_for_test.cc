#include "forwarder/outbound/card_payment_for_test.h"

#include <array>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/secret_bytes.h"
#include "card/card_profile.h"
#include "card/expiry.h"
#include "card/pan.h"
#include "card/sad/cvv.h"
#include "forwarder/outbound/request_plan.h"
#include "keys/testing/test_keyring.h"
#include "vault/sealing/card_sealer.h"

namespace cardvault {
namespace {

Token MakeToken(int number) {
  std::array<char, Token::kBinarySize> binary{};
  binary[1] = static_cast<char>(number);
  binary[2] = static_cast<char>(number >> 8);
  return Token::FromBinary(VaultMode::kSandbox, binary);
}

RouteSecret Secret(absl::string_view text) {
  return {std::make_shared<const SecretBytes>(SecretBytes::CopyOf(text)), nullptr};
}

}  // namespace

CardPayment::CardPayment(const Clock& clock)
    : merchant_(*MerchantId::Parse("shop", "merchant")),
      keyring_(MakeTestKeyring("test-vault")),
      escrow_(*CvvEscrow::Create(clock, kDefaultCvvLife)),
      token_(MakeToken(0)) {}

TransportSettings CardPayment::TransportTo(int port, const std::string& ca_file) {
  TransportSettings transport;
  transport.base_url = absl::StrCat("https://127.0.0.1:", port);
  transport.ca_file = ca_file;
  transport.allow_private_addresses = true;
  transport.connect_timeout = absl::Seconds(30);
  transport.total_timeout = absl::Seconds(60);
  return transport;
}

OutboundRequest CardPayment::WithCard(absl::string_view pan, absl::string_view cvv,
                                      const TransportSettings& transport) {
  token_ = MakeToken(++count_);
  const Pan card = *Pan::Parse(pan);
  SealedBytes sealed_pan = *CardSealer::SealPan(*keyring_, merchant_, token_, card);
  SealedBytes sealed_profile = *CardSealer::SealProfile(
      *keyring_, merchant_, token_, CardProfile{*Expiry::Create(12, 2030), "Jane Doe"});
  OutboundRequest request;
  request.transport = transport;
  request.keyring = keyring_;
  request.card = SealedCardRef{merchant_,
                               token_,
                               sealed_pan.key_version,
                               std::move(sealed_pan.sealed),
                               sealed_profile.key_version,
                               std::move(sealed_profile.sealed)};
  if (!cvv.empty()) {
    CV_CHECK(escrow_->Deposit(merchant_, token_, *Cvv::Parse(cvv, card.brand())).ok());
    request.cvv = *escrow_->Lease(merchant_, token_, "");
  }
  return request;
}

OutboundRequest CardPayment::H2h(absl::string_view pan, absl::string_view cvv,
                                 const TransportSettings& transport) {
  OutboundRequest request = WithCard(pan, cvv, transport);
  CanonicalHmacSigner signer;
  signer.canonical_template = "{method}\n{path}\n{timestamp}\n{nonce}\n{body_sha256_hex}";
  signer.key_id = "key-1";
  signer.wallet_uid = "wallet-1";
  request.plan.path = "/api/payment/payin/card";
  request.plan.signer = std::move(signer);
  request.plan.body = {{"payment", PlanObject{{"payment_id", absl::StrCat("payment-", count_)},
                                              {"currency", std::string("USD")},
                                              {"amount", int64_t{1500}}}},
                       {"card", PlanObject{{"pan", PlanSlot::kPan},
                                           {"year", PlanSlot::kExpiryYear},
                                           {"month", PlanSlot::kExpiryMonth},
                                           {"card_holder", PlanSlot::kCardholderName},
                                           {"cvv", PlanSlot::kCvv}}}};
  request.plan.answer.fields = {"status", "payment_url", "message",
                                "processing_info.amount_acquired"};
  request.secrets["api_secret"] = Secret("ApiSecret-1");
  return request;
}

OutboundRequest CardPayment::Praxis(absl::string_view pan, absl::string_view cvv,
                                    const TransportSettings& transport) {
  OutboundRequest request = WithCard(pan, cvv, transport);
  request.plan.path = "/api/process";
  request.plan.signer = SortedValuesSigner();
  request.plan.body = {{"order_id", absl::StrCat("order-", count_)},
                       {"amount", int64_t{1500}},
                       {"card_number", PlanSlot::kPan},
                       {"card_exp", PlanSlot::kExpiryMmSlashYyyy},
                       {"cvv", PlanSlot::kCvv},
                       {"timestamp", PlanSlot::kTimestampSeconds}};
  request.plan.answer.proof = SortedValuesProof{"signature", "merchant_secret"};
  request.plan.answer.fields = {"status", "description", "transaction_status", "redirect_url"};
  request.secrets["merchant_secret"] = Secret("MerchantSecretKey");
  return request;
}

OutboundRequest CardPayment::Praxis13(absl::string_view pan, absl::string_view cvv,
                                      const TransportSettings& transport) {
  OutboundRequest request = WithCard(pan, cvv, transport);
  const auto encrypted = [](PlanSlot slot) { return EncryptedSlot{slot, "merchant_secret"}; };
  request.plan.path = "/api/direct-process";
  request.plan.body = {{"order_id", absl::StrCat("order-", count_)},
                       {"timestamp", PlanSlot::kTimestampSeconds},
                       {"card_data", PlanObject{{"card_number", encrypted(PlanSlot::kPan)},
                                                {"exp", encrypted(PlanSlot::kExpiryMmSlashYyyy)},
                                                {"cvv", encrypted(PlanSlot::kCvv)}}}};
  request.plan.signer = ListedValuesSigner{
      {"Gt-Authentication"}, {"order_id", "timestamp", "card_data.card_number"}, "merchant_secret"};
  request.plan.answer = {
      ListedValuesProof{
          "Gt-Authentication", {"status", "timestamp", "transaction.tid"}, "merchant_secret"},
      {"status", "description", "transaction.tid"}};
  request.secrets["merchant_secret"] = Secret("MerchantSecretKey");
  return request;
}

OutboundRequest CardPayment::StatusCall(const TransportSettings& transport) {
  OutboundRequest request;
  request.transport = transport;
  request.plan.path = "/api/find-order";
  request.plan.signer = SortedValuesSigner();
  request.plan.body = {{"order_id", std::string("order-1")},
                       {"timestamp", PlanSlot::kTimestampSeconds}};
  request.plan.answer.fields = {"status", "description", "order_id"};
  request.secrets["merchant_secret"] = Secret("MerchantSecretKey");
  return request;
}

}  // namespace cardvault
