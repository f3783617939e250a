// Promise 1, by the descriptors: no response, admin, storage or audit message can hold a PAN or
// CVV; what is named like a secret carries a sensitivity; and every RPC whose request has a PAN or
// CVV is open to the role ingest alone.

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "cardvault/admin/v1/audit_service.pb.h"
#include "cardvault/admin/v1/change_service.pb.h"
#include "cardvault/admin/v1/custody_service.pb.h"
#include "cardvault/admin/v1/key_service.pb.h"
#include "cardvault/admin/v1/store_service.pb.h"
#include "cardvault/admin/v1/system_service.pb.h"
#include "cardvault/annotations/v1/sensitivity.pb.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "cardvault/storage/v1/change_row.pb.h"
#include "cardvault/storage/v1/custody.pb.h"
#include "cardvault/storage/v1/keyring.pb.h"
#include "cardvault/storage/v1/payment_record.pb.h"
#include "cardvault/storage/v1/policy_rows.pb.h"
#include "cardvault/v1/payment_service.pb.h"
#include "cardvault/v1/token_service.pb.h"
#include "server/role_table.h"

namespace cardvault {
namespace {

using annotations::v1::Sensitivity;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;

std::vector<const FileDescriptor*> ApiFiles() {
  return {v1::TokenizeRequest::descriptor()->file(),
          v1::PayInRequest::descriptor()->file(),
          admin::v1::GetStatusRequest::descriptor()->file(),
          admin::v1::ListKeysRequest::descriptor()->file(),
          admin::v1::ProposeRequest::descriptor()->file(),
          admin::v1::SealRequest::descriptor()->file(),
          admin::v1::GetStoreRequest::descriptor()->file(),
          admin::v1::ExportRequest::descriptor()->file()};
}

std::vector<const FileDescriptor*> StorageFiles() {
  return {storage::v1::CardRecord::descriptor()->file(),
          storage::v1::CustodyRecord::descriptor()->file(),
          storage::v1::PaymentRecord::descriptor()->file(),
          storage::v1::RouteRow::descriptor()->file(),
          storage::v1::ChangeRow::descriptor()->file(),
          storage::v1::KeyringDocument::descriptor()->file()};
}

Sensitivity SensitivityOf(const FieldDescriptor& field) {
  return field.options().GetExtension(annotations::v1::sensitivity);
}

// Calls `visit` for every field reachable from a message, each message once.
void Walk(const Descriptor& type, std::set<const Descriptor*>& seen,
          const std::function<void(const FieldDescriptor&)>& visit) {
  if (!seen.insert(&type).second) return;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    visit(field);
    if (field.message_type() != nullptr) Walk(*field.message_type(), seen, visit);
  }
}

bool HoldsCardSecret(const Descriptor& type) {
  bool found = false;
  std::set<const Descriptor*> seen;
  Walk(type, seen, [&](const FieldDescriptor& field) {
    const Sensitivity sensitivity = SensitivityOf(field);
    found = found || sensitivity == annotations::v1::SENSITIVITY_PAN ||
            sensitivity == annotations::v1::SENSITIVITY_SAD;
  });
  return found;
}

void ForEachMethod(const std::function<void(const MethodDescriptor&)>& visit) {
  for (const FileDescriptor* file : ApiFiles()) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m)
        visit(*file->service(s)->method(m));
    }
  }
}

TEST(SchemaTest, NoResponseCanHoldAPanOrCvv) {
  int responses = 0;
  ForEachMethod([&](const MethodDescriptor& method) {
    ++responses;
    EXPECT_FALSE(HoldsCardSecret(*method.output_type())) << method.full_name();
  });
  EXPECT_GE(responses, 19);
}

TEST(SchemaTest, TheWalkFindsAPanWhereThereIsOne) {
  EXPECT_TRUE(HoldsCardSecret(*v1::TokenizeRequest::descriptor()));
  EXPECT_TRUE(HoldsCardSecret(*v1::ProvideCvvRequest::descriptor()));
  EXPECT_FALSE(HoldsCardSecret(*v1::PayInRequest::descriptor()));
}

TEST(SchemaTest, AdminAndStorageMessagesHoldNoPanOrCvv) {
  std::vector<const FileDescriptor*> files = StorageFiles();
  files.push_back(admin::v1::GetStatusRequest::descriptor()->file());
  files.push_back(admin::v1::ListKeysRequest::descriptor()->file());
  files.push_back(admin::v1::ProposeRequest::descriptor()->file());
  files.push_back(admin::v1::SealRequest::descriptor()->file());
  files.push_back(admin::v1::GetStoreRequest::descriptor()->file());
  files.push_back(admin::v1::ExportRequest::descriptor()->file());
  for (const FileDescriptor* file : files) {
    for (int m = 0; m < file->message_type_count(); ++m) {
      EXPECT_FALSE(HoldsCardSecret(*file->message_type(m))) << file->message_type(m)->full_name();
    }
  }
}

// A part of a name that says "secret", whatever stands around it.
bool NameSaysSecret(const std::string& name) {
  static const auto& words = *new std::set<std::string>{
      "pan",    "number", "cvv", "cvc",    "cvc2",     "cvv2",  "track",
      "track1", "track2", "pin", "secret", "password", "share", "component"};
  for (const std::string& part : std::vector<std::string>(absl::StrSplit(name, '_'))) {
    if (words.count(part) != 0) return true;
  }
  return false;
}

TEST(SchemaTest, ApiFieldsNamedLikeSecretsCarryASensitivity) {
  int named = 0;
  for (const FileDescriptor* file : ApiFiles()) {
    for (int m = 0; m < file->message_type_count(); ++m) {
      const Descriptor& type = *file->message_type(m);
      for (int f = 0; f < type.field_count(); ++f) {
        const FieldDescriptor& field = *type.field(f);
        const bool text = field.type() == FieldDescriptor::TYPE_STRING ||
                          field.type() == FieldDescriptor::TYPE_BYTES;
        // cvv_id names a deposit; it says nothing of the code.
        if (!text || !NameSaysSecret(field.name()) || field.name() == "cvv_id") continue;
        ++named;
        EXPECT_NE(SensitivityOf(field), annotations::v1::SENSITIVITY_UNSPECIFIED)
            << field.full_name();
      }
    }
  }
  EXPECT_GE(named, 3);
}

TEST(SchemaTest, BytesOfCallersAreKeyMaterialOrAnUpstreamsMessage) {
  // Free bytes could carry anything past the text rules. A notification is verified over its bytes
  // and read into secret memory; its acknowledgement is cardvault's own, and so are the hashes of
  // the audit log's tree.
  const std::set<std::string> messages = {"cardvault.v1.VerifyNotificationRequest.body",
                                          "cardvault.v1.HttpAnswer.body",
                                          "cardvault.admin.v1.TreeHashes.hashes"};
  for (const FileDescriptor* file : ApiFiles()) {
    for (int m = 0; m < file->message_type_count(); ++m) {
      for (int f = 0; f < file->message_type(m)->field_count(); ++f) {
        const FieldDescriptor& field = *file->message_type(m)->field(f);
        if (field.type() != FieldDescriptor::TYPE_BYTES) continue;
        if (messages.count(std::string(field.full_name())) > 0) continue;
        EXPECT_EQ(SensitivityOf(field), annotations::v1::SENSITIVITY_KEY_MATERIAL)
            << field.full_name();
      }
    }
  }
}

// A hash is an answer alone: nothing of a caller's is taken as one.
TEST(SchemaTest, NoRequestHoldsHashesOfTheTree) {
  ForEachMethod([](const MethodDescriptor& method) {
    std::set<const Descriptor*> seen;
    Walk(*method.input_type(), seen, [](const FieldDescriptor&) {});
    EXPECT_EQ(seen.count(admin::v1::TreeHashes::descriptor()), 0u) << method.full_name();
  });
}

// "audit export needs the auditor role alone".
TEST(SchemaTest, EntriesAreTheAuditorsAlone) {
  for (const char* const method :
       {"Export", "WatchEntries", "ProveInclusion", "ProveConsistency"}) {
    EXPECT_EQ(RuleOf(std::string("/cardvault.admin.v1.AuditService/") + method).roles,
              std::vector<Role>{Role::kAuditor})
        << method;
  }
}

TEST(SchemaTest, RequestsWithAPanOrCvvAreOpenToIngestAloneAndIngestToNoOther) {
  ForEachMethod([](const MethodDescriptor& method) {
    const MethodRule& rule =
        RuleOf("/" + std::string(method.service()->full_name()) + "/" + std::string(method.name()));
    const bool ingest = rule.roles == std::vector<Role>{Role::kIngest};
    EXPECT_EQ(ingest, HoldsCardSecret(*method.input_type())) << method.full_name();
    if (!ingest) {
      for (Role role : rule.roles) EXPECT_NE(role, Role::kIngest) << method.full_name();
    }
  });
}

// Promise 7: every call of the admin port says how many people it takes.
TEST(SchemaTest, EveryAdminCallIsClassified) {
  ForEachMethod([](const MethodDescriptor& method) {
    const MethodRule& rule =
        RuleOf("/" + std::string(method.service()->full_name()) + "/" + std::string(method.name()));
    EXPECT_EQ(rule.act == Act::kMerchant, rule.port == Port::kMerchant) << method.full_name();
    const std::string name(method.name());
    const bool reads = name.rfind("Get", 0) == 0 || name.rfind("List", 0) == 0 ||
                       name.rfind("Watch", 0) == 0 || name.rfind("Export", 0) == 0 ||
                       name.rfind("Prove", 0) == 0;
    if (rule.port == Port::kAdmin) {
      EXPECT_EQ(rule.act == Act::kRead, reads) << method.full_name();
    }
    // What four eyes protect can be proposed, and what can be proposed is protected.
    const auto* what = admin::v1::Proposal::descriptor()->oneof_decl(0);
    bool can_be_proposed = false;
    for (int i = 0; i < what->field_count(); ++i) {
      can_be_proposed = can_be_proposed || what->field(i)->message_type() == method.input_type();
    }
    EXPECT_EQ(rule.act == Act::kFourEyes, can_be_proposed) << method.full_name();
  });
}

TEST(SchemaTest, StorageMessagesHaveAFormatVersion) {
  // Inner messages live inside one that has it.
  const std::set<std::string> inner = {"Label",           "SealedField",     "UpstreamIdRow",
                                       "KeyVersionEntry", "PaymentEventRow", "KeyringDocument",
                                       "CustodianEntry",  "ChangeContent",   "ChangeBase",
                                       "ApprovedFile",    "RetiredKek"};
  for (const FileDescriptor* file : StorageFiles()) {
    for (int m = 0; m < file->message_type_count(); ++m) {
      const Descriptor& type = *file->message_type(m);
      if (inner.count(std::string(type.name())) != 0) continue;
      EXPECT_NE(type.FindFieldByName("format_version"), nullptr) << type.full_name();
    }
  }
}

}  // namespace
}  // namespace cardvault
