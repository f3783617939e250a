#ifndef CARDVAULT_TESTS_E2E_STRING_PLACES_H_
#define CARDVAULT_TESTS_E2E_STRING_PLACES_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <functional>
#include <string>
#include <vector>

namespace cardvault::testing {

// A way to one string of a message.
struct StringPlace {
  std::string path;  // "card.cardholder_name"
  // Sets it to a text; a repeated one gets one more.
  std::function<void(google::protobuf::Message&, const std::string&)> set;
};

// Every string of a message of this type, but those that are for a card's number, its CVV or a
// secret.
std::vector<StringPlace> FreeStringPlaces(const google::protobuf::Descriptor& type);

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_E2E_STRING_PLACES_H_
