#ifndef CARDVAULT_FORWARDER_ROUTE_RULES_H_
#define CARDVAULT_FORWARDER_ROUTE_RULES_H_

#include "absl/strings/string_view.h"

namespace cardvault {

// What is wrong with a text of a route document, as a literal; null when nothing is. For
// RouteSection. Thread-safe.

// "https://host[:port][/prefix]", without credentials, query and slash at the end.
const char* CheckBaseUrl(absl::string_view text);

// The path of a POST: begins with a slash, printable ASCII, no query.
const char* CheckPath(absl::string_view text);

// An absolute path of a file.
const char* CheckFilePath(absl::string_view text);

// curl's form of public key pins: "sha256//" and 44 characters of base64, more behind a ';'.
const char* CheckPublicKeyPin(absl::string_view text);

// The id rule of the API.
const char* CheckName(absl::string_view text);

// What may stand in an HTTP header: printable ASCII without spaces.
const char* CheckHeaderValue(absl::string_view text);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_ROUTE_RULES_H_
