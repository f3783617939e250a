#ifndef CARDVAULT_SERVER_WIRE_TOKEN_DATA_H_
#define CARDVAULT_SERVER_WIRE_TOKEN_DATA_H_

#include "cardvault/v1/token_service.pb.h"
#include "forwarder/escrow/cvv_escrow.h"
#include "tokenizer/token_view.h"

namespace cardvault {

v1::TokenState ToTokenState(TokenState state);

// A token as the API shows it.
v1::TokenData ToTokenData(const TokenView& view, const CvvStatus& cvv);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_WIRE_TOKEN_DATA_H_
