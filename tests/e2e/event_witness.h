#ifndef CARDVAULT_TESTS_E2E_EVENT_WITNESS_H_
#define CARDVAULT_TESTS_E2E_EVENT_WITNESS_H_

#include <google/protobuf/message.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "audit/audit_leaf.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {

// Makes calls one after the other, and says whether the audit log has exactly what it must of each:
// by the time, for an entry is committed before its call is answered. Not thread-safe.
class EventWitness final {
 public:
  // The server runs. `vault` outlives this.
  explicit EventWitness(VaultProcess& vault) : vault_(vault) {}

  // What {name} stands for in the expected events; may be said after the call.
  void Let(const std::string& name, const std::string& value) { names_[name] = value; }
  // The role of an identity whose URI does not end with it or begin with it.
  void Grant(const std::string& uri, const std::string& role) { roles_[uri] = role; }

  // A call of an RPC by its row's name that has to succeed, and what it answers; `events`: other
  // ones than those of its row.
  template <typename Response>
  Response Succeeds(const std::string& rpc, const std::string& who,
                    const google::protobuf::Message& request);
  template <typename Response>
  Response Succeeds(const std::string& rpc, const std::string& who,
                    const google::protobuf::Message& request, const std::string& events);
  // One that has to be refused.
  void Fails(const std::string& rpc, const std::string& who,
             const google::protobuf::Message& request);
  // One that may be too late: as its row has it, whichever it is; whether it succeeded.
  bool Tries(const std::string& rpc, const std::string& who,
             const google::protobuf::Message& request);
  // One that fails, with bytes that need not be a request; `events` as in a row.
  void FailsWith(const std::string& rpc, const std::string& who, const std::string& request,
                 const std::string& events);
  // Something whose entries are not looked at.
  void Aside(const std::function<void()>& work);

  // Compares. Every entry of a caller's must be of one of the calls.
  void Check(const std::vector<AuditEntry>& log) const;
  // That each RPC whose name begins so had a good call, and a bad one where its row has one.
  void ExpectAllOf(const std::string& service) const;

 private:
  struct Witnessed {
    std::string rpc;
    std::string who;
    absl::Time begin;
    absl::Time end;
    std::string events;
    bool is_aside = false;
  };

  enum class Wanted { kGood, kBad, kEither };
  // The answer, nullopt when it was refused.
  std::optional<std::string> Make(const std::string& rpc, const std::string& who,
                                  const std::string& request, Wanted wanted,
                                  const std::string& events);
  void CheckOne(const Witnessed& call, const std::vector<const AuditEntry*>& entries) const;
  void CheckOrigin(const Witnessed& call, const AuditLeaf& leaf) const;
  std::string RoleOf(const std::string& uri) const;
  std::vector<std::string> Resolved(const std::string& events) const;

  VaultProcess& vault_;
  std::map<std::string, std::string> names_;
  std::map<std::string, std::string> roles_;
  std::map<std::string, std::shared_ptr<grpc::Channel>> channels_;
  std::vector<Witnessed> calls_;
  std::set<std::pair<std::string, bool>> made_;
};

template <typename Response>
Response EventWitness::Succeeds(const std::string& rpc, const std::string& who,
                                const google::protobuf::Message& request) {
  return Succeeds<Response>(rpc, who, request, "{row}");
}

template <typename Response>
Response EventWitness::Succeeds(const std::string& rpc, const std::string& who,
                                const google::protobuf::Message& request,
                                const std::string& events) {
  Response response;
  response.ParseFromString(
      Make(rpc, who, request.SerializeAsString(), Wanted::kGood, events).value_or(""));
  return response;
}

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_E2E_EVENT_WITNESS_H_
