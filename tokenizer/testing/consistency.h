#ifndef CARDVAULT_TOKENIZER_TESTING_CONSISTENCY_H_
#define CARDVAULT_TOKENIZER_TESTING_CONSISTENCY_H_

#include <string>

#include "vault/records/card_tables.h"

namespace cardvault {

// Works out from the records alone which rows all tables of cards must have, compares, and says in
// words what differs first; "" when nothing does. For tests and stores that nobody writes to.
std::string FindInconsistency(const CardTables& tables);

}  // namespace cardvault

#endif  // CARDVAULT_TOKENIZER_TESTING_CONSISTENCY_H_
