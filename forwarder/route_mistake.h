#ifndef CARDVAULT_FORWARDER_ROUTE_MISTAKE_H_
#define CARDVAULT_FORWARDER_ROUTE_MISTAKE_H_

#include <string>

namespace cardvault {

// One mistake in a route document: where it is and what is wrong, as a fixed sentence.
struct RouteMistake {
  int line = 0;     // from 1; 0: the whole document
  std::string key;  // with dots: "h2h.signing.canonical"
  const char* problem = "";
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_ROUTE_MISTAKE_H_
