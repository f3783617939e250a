#include "server/change_effects.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "base/error_reason.h"
#include "forwarder/testing/payment_world.h"
#include "keys/keyring_manager.h"
#include "reencryption/reencryption_job.h"
#include "server/backup_change_effects.h"
#include "server/kek_admin.h"
#include "server/kek_places.h"
#include "server/key_admin.h"
#include "server/key_change_effects.h"
#include "server/merchant_admin.h"
#include "server/rooms.h"
#include "server/serving_state.h"
#include "server/store_admission.h"
#include "server/vault_seal.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "vault/backup/backups.h"
#include "vault/checkpoint/checkpointer.h"
#include "vault/engine/rocksdb_engine.h"
#include "vault/keyring_row_store.h"
#include "vault/retention/merchant_purge.h"
#include "vault/vault_identity.h"

namespace cardvault {
namespace {

using admin::v1::Proposal;

constexpr char kRoute[] = "cards-h2h";
constexpr char kOperator[] = "spiffe://test/operator/alice";

class ChangeEffectsTest : public ::testing::Test {
 protected:
  ChangeEffectsTest() {
    const std::string roles =
        "roles:\n  - {identity: spiffe://test/operator/alice, roles: [operator]}\n"
        "  - {identity: spiffe://test/operator/bob, roles: [operator]}\n";
    EXPECT_TRUE(
        world_.pipeline->SubmitAndWait(RoleBook::FirstMap(roles, world_.clock)).committed());
    roles_ = *RoleBook::Load(world_.engine, *world_.pipeline, world_.clock, VaultMode::kProduction);
    config_ = *ApprovedConfig::Load(world_.engine, *world_.pipeline, {}, VaultMode::kSandbox);
    effects_ = NewChangeEffects({*world_.routes, *roles_, *world_.payments, *config_});
  }

  absl::StatusOr<ChangeCheck> Check(Proposal proposal) {
    const std::optional<SecretBytes> secret = TakeSecret(proposal);
    return effects_[proposal.what_case()].check(proposal, secret.has_value() ? *secret : none_,
                                                AuditOrigin{kOperator, "operator", ""});
  }
  static Proposal Credential() {
    Proposal proposal;
    proposal.mutable_set_route_credential()->set_route(kRoute);
    proposal.mutable_set_route_credential()->set_name("api_secret");
    proposal.mutable_set_route_credential()->set_secret("a secret");
    return proposal;
  }

  PaymentWorld world_;
  std::unique_ptr<RoleBook> roles_;
  std::unique_ptr<ApprovedConfig> config_;
  ChangeEffects effects_;
  const SecretBytes none_;
};

TEST_F(ChangeEffectsTest, EveryKindOfProposalHasAnEffect) {
  KeyringRowStore store(world_.engine, *world_.pipeline);
  KeyringManager manager(store, world_.keyring, world_.clock, {});
  ReencryptionJob job(world_.engine, *world_.pipeline, world_.keyring, world_.clock, {});
  KeyAdmin keys({world_.keyring, manager, world_.engine, *world_.pipeline, job,
                 [] { return absl::OkStatus(); }});
  KekPlaces places({});
  KekAdmin keks(
      {world_.keyring, manager, world_.engine, *world_.pipeline, places, [] { return true; }});
  AddKeyEffects(keys, effects_);
  AddKekEffects(keks, effects_);
  AddCustodyEffect(nullptr, effects_);
  MerchantPurge purge(world_.engine, *world_.pipeline, world_.keyring, world_.clock, {});
  AddPurgeEffect(purge, effects_);
  Rooms rooms;
  ServingState serving({});
  VaultSeal seal(rooms, serving);
  StoreAdmission admission(rooms, seal, serving, world_.clock);
  AddAdmissionEffects(admission, effects_);
  const TempDir directory;
  RocksDbOptions options;
  options.path = directory.File("data");
  options.create_if_missing = true;
  const std::unique_ptr<RocksDbEngine> engine = *OpenRocksDbEngine(options);
  const VaultIdentity identity = *OpenVaultIdentity(world_.engine, *world_.pipeline, world_.clock,
                                                    VaultMode::kSandbox, BinLength::kSix);
  const std::vector<std::unique_ptr<SinkWriter>> sinks;
  const Checkpointer checkpointer(*world_.pipeline, world_.keyring, world_.clock, sinks, {"log"});
  Backups backups({*engine, world_.keyring, checkpointer, identity}, *world_.pipeline, world_.clock,
                  {});
  AddBackupEffects(backups, effects_);
  const auto* what = Proposal::descriptor()->oneof_decl(0);
  for (int i = 0; i < what->field_count(); ++i) {
    const auto kind = static_cast<Proposal::WhatCase>(what->field(i)->number());
    EXPECT_EQ(effects_.count(kind), 1u) << what->field(i)->name();
  }
}

TEST_F(ChangeEffectsTest, TheSecretIsTakenOutOfWhateverRequestHasOne) {
  Proposal credential = Credential();
  const std::optional<SecretBytes> secret = TakeSecret(credential);
  ASSERT_TRUE(secret.has_value());
  EXPECT_EQ(secret->size(), 8u);
  EXPECT_EQ(credential.set_route_credential().secret(), "");
  EXPECT_EQ(KindOf(credential), "set_route_credential");
  Proposal without;
  EXPECT_FALSE(TakeSecret(without).has_value());
  EXPECT_EQ(KindOf(without), "");
  without.mutable_enable_route();
  EXPECT_FALSE(TakeSecret(without).has_value());
}

TEST_F(ChangeEffectsTest, MistakesOfDocumentsAreListed) {
  Proposal route;
  route.mutable_apply_route()->set_document("name: cards-h2h\nconnector: h2h\nunheard: of\n");
  EXPECT_FALSE(Check(route)->mistakes.empty());
  Proposal roles;  // leaves out who proposes it
  roles.mutable_apply_roles()->set_document(
      "roles:\n  - {identity: spiffe://test/operator/bob, roles: [operator]}\n"
      "  - {identity: spiffe://test/operator/dave, roles: [operator]}\n");
  EXPECT_EQ(Check(roles)->mistakes.size(), 1u);
}

// What an approver compares a document with.
TEST_F(ChangeEffectsTest, DocumentsInForceAreGiven) {
  const auto in_force = [&](const Proposal& proposal) {
    return effects_[proposal.what_case()].in_force(proposal);
  };
  Proposal roles;
  roles.mutable_apply_roles()->set_document("anything");
  EXPECT_NE(in_force(roles)->find("spiffe://test/operator/bob"), std::string::npos);
  const std::string present =
      world_.routes->InForce(*RouteName::Parse(kRoute, "route"))->route->document;
  Proposal route;
  route.mutable_apply_route()->set_document(present + "# more\n");
  EXPECT_EQ(in_force(route), present);
  route.mutable_apply_route()->set_document(
      absl::StrReplaceAll(present, {{kRoute, "another-route"}}));
  EXPECT_EQ(in_force(route), std::nullopt);
  Proposal config;
  config.mutable_approve_configuration();
  EXPECT_EQ(in_force(config), "");  // nothing is approved in sandbox mode
  EXPECT_FALSE(effects_[Proposal::kEnableRoute].in_force);
}

TEST_F(ChangeEffectsTest, ChecksAreThoseOfTheCalls) {
  Proposal nowhere;
  nowhere.mutable_enable_route()->set_route("nowhere");
  EXPECT_THAT(Check(nowhere), StatusIs(absl::StatusCode::kNotFound));

  Proposal credential = Credential();
  EXPECT_EQ(Check(credential)->object, "cards-h2h/api_secret");
  EXPECT_EQ(Check(credential)->base.size(), 3u);  // the route and both versions
  credential.mutable_set_route_credential()->set_name("unheard_of");
  EXPECT_THAT(Check(credential), StatusIs(absl::StatusCode::kInvalidArgument));
  credential = Credential();
  credential.mutable_set_route_credential()->clear_secret();
  EXPECT_THAT(Check(credential), StatusIs(absl::StatusCode::kInvalidArgument));

  const auto not_in_rotation =
      StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kCredentialState);
  Proposal retire;
  retire.mutable_retire_route_credential()->set_route(kRoute);
  retire.mutable_retire_route_credential()->set_name("api_secret");
  EXPECT_THAT(Check(retire), not_in_rotation);
  Proposal rotate;
  rotate.mutable_rotate_route_credential()->set_route(kRoute);
  rotate.mutable_rotate_route_credential()->set_name("api_secret");
  rotate.mutable_rotate_route_credential()->set_secret("a newer one");
  EXPECT_THAT(Check(rotate), IsOk());
  ASSERT_THAT(world_.routes->RotateCredential(*RouteName::Parse(kRoute, "route"), "api_secret",
                                              SecretBytes::CopyOf("newer"), AuditOrigin{}),
              IsOk());
  EXPECT_THAT(Check(rotate), not_in_rotation);
  EXPECT_THAT(Check(retire), IsOk());

  Proposal payment;
  payment.mutable_resolve_payment()->set_merchant("shop");
  payment.mutable_resolve_payment()->set_payment_id("none");
  payment.mutable_resolve_payment()->set_state("APPROVED");
  EXPECT_THAT(Check(payment), StatusIs(absl::StatusCode::kNotFound, ErrorReason::kPaymentNotFound));
  payment.mutable_resolve_payment()->set_state("WON");
  EXPECT_THAT(Check(payment), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Check([] {
                Proposal configuration;
                configuration.mutable_approve_configuration();
                return configuration;
              }()),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kMode));
}

}  // namespace
}  // namespace cardvault
