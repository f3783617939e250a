#include "forwarder/praxis/praxis_fields.h"

#include <functional>
#include <string>

#include "base/status.h"
#include "forwarder/testing/test_orders.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

constexpr auto kMissing = ErrorReason::kFieldMissing;
constexpr auto kInvalid = ErrorReason::kFieldInvalid;

absl::Status Check(const std::function<void(PaymentRequest&)>& change) {
  PaymentRequest input = FullPaymentRequest();
  change(input);
  FieldFaults faults;
  CheckPraxisCustomer(input.customer, faults);
  CheckPraxisUrls(input.urls, faults);
  return faults.First();
}

void ExpectTaken(const std::function<void(PaymentRequest&)>& change) {
  EXPECT_THAT(Check(change), IsOk());
}

void ExpectRefused(const std::function<void(PaymentRequest&)>& change, ErrorReason reason,
                   absl::string_view field) {
  const absl::Status status = Check(change);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, reason)) << field;
  EXPECT_EQ(FieldOf(status), field);
}

// A field at its limit, and one over it. Limits are in characters: the text is of two-byte ones.
void ExpectLimit(std::string PayingCustomer::*member, size_t limit, const char* character,
                 absl::string_view field) {
  const auto fill = [&](size_t count) {
    return [=](PaymentRequest& input) {
      std::string& text = input.customer.*member;
      text.clear();
      for (size_t i = 0; i < count; ++i) text += character;
    };
  };
  ExpectTaken(fill(limit));
  ExpectRefused(fill(limit + 1), kInvalid, field);
}

TEST(PraxisFieldsTest, TakesAFullAndAMinimalCustomer) {
  ExpectTaken([](auto&) {});
  ExpectTaken([](auto& i) {
    i.customer = {"cust-1", "Jane", "Doe", "a@example.com", "", "", "", "", "", "DE", "", ""};
    i.urls = {"", "https://m.example/ret", ""};
  });
}

TEST(PraxisFieldsTest, OneOverEachLimitIsRefused) {
  ExpectLimit(&PayingCustomer::first_name, 25, "\xC3\xBC", "customer.first_name");
  ExpectLimit(&PayingCustomer::last_name, 25, "\xC3\xBC", "customer.last_name");
  ExpectLimit(&PayingCustomer::address, 50, "\xC3\xBC", "customer.address");
  ExpectLimit(&PayingCustomer::city, 50, "\xC3\xBC", "customer.city");
  ExpectLimit(&PayingCustomer::postal_code, 12, "1", "customer.postal_code");
  const auto email = [](size_t size) {
    return [=](auto& i) { i.customer.email = std::string(size - 12, 'a') + "@example.com"; };
  };
  ExpectTaken(email(50));
  ExpectRefused(email(51), kInvalid, "customer.email");
  const auto id = [](size_t size) {
    return [=](auto& i) { i.customer.id = std::string(size, 'a'); };
  };
  ExpectTaken(id(50));
  ExpectRefused(id(51), ErrorReason::kIdInvalid, "customer.id");
  const auto url = [](std::string PaymentUrls::*member, size_t size) {
    return [=](auto& i) { i.urls.*member = "https://m.example/" + std::string(size - 18, 'a'); };
  };
  ExpectTaken(url(&PaymentUrls::return_success_url, 256));
  ExpectRefused(url(&PaymentUrls::return_success_url, 257), kInvalid, "urls.return_success_url");
  ExpectTaken(url(&PaymentUrls::notification_url, 256));
  ExpectRefused(url(&PaymentUrls::notification_url, 257), kInvalid, "urls.notification_url");
}

TEST(PraxisFieldsTest, RequiredFields) {
  ExpectRefused([](auto& i) { i.customer.id = ""; }, kMissing, "customer.id");
  ExpectRefused([](auto& i) { i.customer.first_name = ""; }, kMissing, "customer.first_name");
  ExpectRefused([](auto& i) { i.customer.last_name = ""; }, kMissing, "customer.last_name");
  ExpectRefused([](auto& i) { i.customer.email = ""; }, kMissing, "customer.email");
  ExpectRefused([](auto& i) { i.customer.country = ""; }, kMissing, "customer.country");
  ExpectRefused([](auto& i) { i.urls.return_success_url = ""; }, kMissing,
                "urls.return_success_url");
}

TEST(PraxisFieldsTest, PhoneHasSixDigitsAndIsNoDummy) {
  const auto phone = [](const char* text) { return [=](auto& i) { i.customer.phone = text; }; };
  for (const char* good : {"", "112233", "+49 (30) 901-820"}) ExpectTaken(phone(good));
  for (const char* bad : {"12345", "+1 23", "000000", "123456", "1234567890", "987654",
                          "1-1-1-1-1-1", "phone", "12 34 5x"}) {
    ExpectRefused(phone(bad), kInvalid, "customer.phone");
  }
}

TEST(PraxisFieldsTest, BirthDateIsADate) {
  for (const char* bad : {"29.02.1980", "1981-02-29", "02/29/1980", "1980-2-9"}) {
    ExpectRefused([=](auto& i) { i.customer.birth_date = bad; }, kInvalid, "customer.birth_date");
  }
  EXPECT_EQ(PraxisDate("1980-02-09"), "02/09/1980");
  EXPECT_EQ(PraxisDate(""), "");
}

TEST(PraxisFieldsTest, EmailIpAddressAndCountryHaveTheirForms) {
  ExpectRefused([](auto& i) { i.customer.email = "nobody"; }, kInvalid, "customer.email");
  ExpectRefused([](auto& i) { i.customer.ip_address = "1.2.3"; }, kInvalid, "customer.ip_address");
  // The document's limit of 10 cannot hold an address: none is applied.
  ExpectTaken([](auto& i) { i.customer.ip_address = "2001:db8:1111:2222:3333:4444:5555:6666"; });
  for (const char* bad : {"us", "USA", "XX", "U"}) {
    ExpectRefused([=](auto& i) { i.customer.country = bad; }, kInvalid, "customer.country");
  }
}

TEST(PraxisFieldsTest, StateIsForThreeCountries) {
  const auto place = [](const char* country, const char* state) {
    return [=](auto& i) {
      i.customer.country = country;
      i.customer.state = state;
    };
  };
  for (const char* country : {"US", "CA", "AU"}) ExpectTaken(place(country, "AB"));
  ExpectTaken(place("AU", ""));
  ExpectRefused(place("US", ""), kMissing, "customer.state");
  ExpectRefused(place("CA", ""), kMissing, "customer.state");
  ExpectRefused(place("DE", "BE"), kInvalid, "customer.state");
  ExpectTaken(place("DE", ""));
  for (const char* bad : {"N", "NYC", "ny", "N1"}) {
    ExpectRefused(place("US", bad), kInvalid, "customer.state");
  }
}

TEST(PraxisFieldsTest, PostalCodeIsRequiredForUsAndCa) {
  const auto place = [](const char* country, const char* zip) {
    return [=](auto& i) {
      i.customer.country = country;
      i.customer.state = country == std::string("DE") ? "" : "NY";
      i.customer.postal_code = zip;
    };
  };
  ExpectRefused(place("US", ""), kMissing, "customer.postal_code");
  ExpectRefused(place("CA", ""), kMissing, "customer.postal_code");
  ExpectTaken(place("AU", ""));
  ExpectTaken(place("DE", ""));
  for (const char* good : {"10001", "10001-1234", "K1A 0B1"}) ExpectTaken(place("US", good));
  for (const char* bad : {"10_001", " 10001", "10001-", "10001\xC3\xBC", "-"}) {
    ExpectRefused(place("US", bad), kInvalid, "customer.postal_code");
  }
}

}  // namespace
}  // namespace cardvault
