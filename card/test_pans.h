#ifndef CARDVAULT_CARD_TEST_PANS_H_
#define CARDVAULT_CARD_TEST_PANS_H_

#include "absl/strings/string_view.h"

namespace cardvault {

// The card numbers that payment companies publish for testing, and the only card numbers written
// anywhere in this repository: a check refuses any other literal that could be one. None of them
// is a customer's. They are a part of the product, because a sandbox vault takes exactly
// these (and generated ones under 999999). Sources: the test card pages of Stripe, PayPal, Adyen,
// Braintree and Worldpay.

inline constexpr absl::string_view kVisaTestPan = "4111111111111111";
inline constexpr absl::string_view kVisaTestPan2 = "4242424242424242";
inline constexpr absl::string_view kVisaTestPan3 = "4012888888881881";
inline constexpr absl::string_view kVisaDebitTestPan = "4000056655665556";
inline constexpr absl::string_view kVisa13DigitTestPan = "4222222222222";
inline constexpr absl::string_view kMastercardTestPan = "5555555555554444";
inline constexpr absl::string_view kMastercardTestPan2 = "5105105105105100";
inline constexpr absl::string_view kMastercardDebitTestPan = "5200828282828210";
inline constexpr absl::string_view kMastercard2SeriesTestPan = "2223003122003222";
inline constexpr absl::string_view kMastercard2SeriesTestPan2 = "2223000048400011";
inline constexpr absl::string_view kAmexTestPan = "378282246310005";
inline constexpr absl::string_view kAmexTestPan2 = "371449635398431";
inline constexpr absl::string_view kAmexCorporateTestPan = "378734493671000";
inline constexpr absl::string_view kDiscoverTestPan = "6011111111111117";
inline constexpr absl::string_view kDiscoverTestPan2 = "6011000990139424";
inline constexpr absl::string_view kDinersTestPan = "30569309025904";
inline constexpr absl::string_view kDinersTestPan2 = "38520000023237";
inline constexpr absl::string_view kDiners36TestPan = "36227206271667";
inline constexpr absl::string_view kDiners16DigitTestPan = "3056930009020004";
inline constexpr absl::string_view kJcbTestPan = "3530111333300000";
inline constexpr absl::string_view kJcbTestPan2 = "3566002020360505";
inline constexpr absl::string_view kUnionPayTestPan = "6200000000000005";
inline constexpr absl::string_view kUnionPay19DigitTestPan = "6205500000000000004";
inline constexpr absl::string_view kMaestroTestPan = "6304000000000000";
inline constexpr absl::string_view kMaestroTestPan2 = "6759649826438453";
inline constexpr absl::string_view kMaestro12DigitTestPan = "501800000009";

inline constexpr absl::string_view kPublishedTestPans[] = {
    kVisaTestPan,
    kVisaTestPan2,
    kVisaTestPan3,
    kVisaDebitTestPan,
    kVisa13DigitTestPan,
    kMastercardTestPan,
    kMastercardTestPan2,
    kMastercardDebitTestPan,
    kMastercard2SeriesTestPan,
    kMastercard2SeriesTestPan2,
    kAmexTestPan,
    kAmexTestPan2,
    kAmexCorporateTestPan,
    kDiscoverTestPan,
    kDiscoverTestPan2,
    kDinersTestPan,
    kDinersTestPan2,
    kDiners36TestPan,
    kDiners16DigitTestPan,
    kJcbTestPan,
    kJcbTestPan2,
    kUnionPayTestPan,
    kUnionPay19DigitTestPan,
    kMaestroTestPan,
    kMaestroTestPan2,
    kMaestro12DigitTestPan,
};

}  // namespace cardvault

#endif  // CARDVAULT_CARD_TEST_PANS_H_
