#ifndef CARDVAULT_SERVER_DOCUMENT_MISTAKE_H_
#define CARDVAULT_SERVER_DOCUMENT_MISTAKE_H_

#include <string>

namespace cardvault {

// One mistake in a YAML document of an operator's: where, and what as a fixed sentence.
struct DocumentMistake {
  int line = 0;  // from 1; 0: the whole document
  std::string key;
  const char* problem = "";
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_DOCUMENT_MISTAKE_H_
