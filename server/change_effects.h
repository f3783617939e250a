#ifndef CARDVAULT_SERVER_CHANGE_EFFECTS_H_
#define CARDVAULT_SERVER_CHANGE_EFFECTS_H_

#include <google/protobuf/message.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/secret_bytes.h"
#include "cardvault/admin/v1/change_service.pb.h"
#include "forwarder/payments.h"
#include "forwarder/route_book.h"
#include "server/approved_config.h"
#include "server/document_mistake.h"
#include "server/role_book.h"
#include "vault/commit/warrant.h"

namespace cardvault {

// What a check of a proposal found.
struct ChangeCheck {
  std::vector<DocumentMistake> mistakes;  // when empty, the rest is filled
  std::string object;                     // what it is about, in the operator's names
  std::vector<Precondition> base;         // what must not have changed when it takes effect
};

// What one kind of change does.
struct ChangeEffect {
  using Done = absl::AnyInvocable<void(absl::Status) &&>;

  // Whether the effect is one commit, which the warrant joins. One of several commits is told of
  // when it begins and when it ends, and its warrant is the origin alone.
  bool one_commit = true;

  // Whether it is proposed and approved while the store is not admitted, and never else.
  bool of_admission = false;

  // Whether it could be done now by `origin`, or why not; errors as the RPC that it stands for. The
  // secret is the request's, empty when it has none. May block on reading.
  std::function<absl::StatusOr<ChangeCheck>(const admin::v1::Proposal& proposal,
                                            const SecretBytes& secret, const AuditOrigin& origin)>
      check;

  // Does it. May block on commits; `done` runs once, on any thread. When it is OK and nothing was
  // committed, there was nothing to do.
  std::function<void(const admin::v1::Proposal& proposal, const SecretBytes& secret,
                     const Warrant& warrant, Done done)>
      apply;

  // Of one that proposes a document: the document in force, nullopt when there is none. Null for
  // other kinds.
  std::function<std::optional<std::string>(const admin::v1::Proposal& proposal)> in_force = nullptr;
};

// By the field of Proposal. A new kind of change is a field of Proposal and a line here.
using ChangeEffects = std::map<admin::v1::Proposal::WhatCase, ChangeEffect>;

// What the effects are on. All must outlive what NewChangeEffects returns.
struct ChangeRooms {
  RouteBook& routes;
  RoleBook& roles;
  Payments& payments;
  ApprovedConfig& config;
};

ChangeEffects NewChangeEffects(const ChangeRooms& rooms);

// The request that a proposal carries, null when none is set; and the name of its field of
// Proposal, "apply_route".
const google::protobuf::Message* RequestOf(const admin::v1::Proposal& proposal);
std::string KindOf(const admin::v1::Proposal& proposal);

// Takes the secret out of the request: the field that its sensitivity says is key material. nullopt
// when a request of that kind has none.
std::optional<SecretBytes> TakeSecret(admin::v1::Proposal& proposal);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_CHANGE_EFFECTS_H_
