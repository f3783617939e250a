#ifndef CARDVAULT_FORWARDER_PAYMENT_PARTS_H_
#define CARDVAULT_FORWARDER_PAYMENT_PARTS_H_

#include "base/clock.h"
#include "base/executor.h"
#include "card/vault_mode.h"
#include "forwarder/escrow/cvv_escrow.h"
#include "forwarder/outbound/outbound.h"
#include "forwarder/route_book.h"
#include "keys/keyring_holder.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/engine/engine.h"

namespace cardvault {

// What a payment is made with; all of it outlives whoever holds this.
struct PaymentParts {
  const Engine& engine;
  CommitPipeline& pipeline;
  const KeyringHolder& keyring;
  const Clock& clock;
  Executor& executor;
  RouteBook& routes;
  CvvEscrow& escrow;
  Outbound& outbound;
  VaultMode mode;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PAYMENT_PARTS_H_
