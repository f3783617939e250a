#include "server/change_service.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "base/status.h"
#include "cardvault/admin/v1/change_service.grpc.pb.h"
#include "server/admin_steps.h"
#include "server/wire/field_checks.h"

namespace cardvault {
namespace {

template <typename T>
using Done = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;

using Service = admin::v1::ChangeService;
using RawChangeService = Service::WithRawCallbackMethod_Propose<
    Service::WithRawCallbackMethod_ListChanges<Service::WithRawCallbackMethod_GetChange<
        Service::WithRawCallbackMethod_ApproveChange<Service::WithRawCallbackMethod_RejectChange<
            Service::WithRawCallbackMethod_GetConfiguration<Service::Service>>>>>>;

using grpc::ByteBuffer;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

admin::v1::Change Shown(const StoredChange& change) {
  const storage::v1::ChangeContent& content = change.content;
  admin::v1::Change shown;
  shown.set_id(content.id());
  shown.set_kind(content.kind());
  shown.set_object(content.object());
  shown.set_state(static_cast<admin::v1::ChangeState>(change.row.state()));
  shown.set_proposer(content.proposer());
  *shown.mutable_propose_time() = ToTimestamp(absl::FromUnixMicros(content.propose_micros()));
  *shown.mutable_expire_time() = ToTimestamp(change.expire_time());
  shown.set_digest(absl::BytesToHexString(change.row.digest()));
  shown.set_decider(change.row.decider());
  if (change.row.end_micros() != 0) {
    *shown.mutable_end_time() = ToTimestamp(absl::FromUnixMicros(change.row.end_micros()));
  }
  shown.set_reason(change.row.reason());
  shown.set_problem(change.row.problem());
  return shown;
}

// An answer that is a change and nothing else.
template <typename Response>
absl::StatusOr<Response> Answered(const absl::StatusOr<StoredChange>& change) {
  if (!change.ok()) return change.status();
  Response response;
  *response.mutable_change() = Shown(*change);
  return response;
}

void AddFiles(const std::vector<ConfigFile>& files,
              google::protobuf::RepeatedPtrField<admin::v1::FileDigest>* out) {
  for (const ConfigFile& file : files) {
    admin::v1::FileDigest* digest = out->Add();
    digest->set_name(file.name);
    digest->set_sha256(absl::BytesToHexString(file.sha256));
  }
}

class ChangeServiceImpl final : public RawChangeService {
 public:
  explicit ChangeServiceImpl(const ChangeServiceParts& parts) : parts_(parts) {}

  ServerUnaryReactor* Propose(CallbackServerContext* context, const ByteBuffer* in,
                              ByteBuffer* out) override {
    return Run(context, in, out, "/cardvault.admin.v1.ChangeService/Propose",
               &ChangeServiceImpl::Proposed);
  }
  ServerUnaryReactor* ListChanges(CallbackServerContext* context, const ByteBuffer* in,
                                  ByteBuffer* out) override {
    return Run(context, in, out, "/cardvault.admin.v1.ChangeService/ListChanges",
               &ChangeServiceImpl::Listed);
  }
  ServerUnaryReactor* GetChange(CallbackServerContext* context, const ByteBuffer* in,
                                ByteBuffer* out) override {
    return Run(context, in, out, "/cardvault.admin.v1.ChangeService/GetChange",
               &ChangeServiceImpl::Whole);
  }
  ServerUnaryReactor* RejectChange(CallbackServerContext* context, const ByteBuffer* in,
                                   ByteBuffer* out) override {
    return Run(context, in, out, "/cardvault.admin.v1.ChangeService/RejectChange",
               &ChangeServiceImpl::Rejected);
  }
  ServerUnaryReactor* GetConfiguration(CallbackServerContext* context, const ByteBuffer* in,
                                       ByteBuffer* out) override {
    return Run(context, in, out, "/cardvault.admin.v1.ChangeService/GetConfiguration",
               &ChangeServiceImpl::Configuration);
  }
  ServerUnaryReactor* ApproveChange(CallbackServerContext* context, const ByteBuffer* in,
                                    ByteBuffer* out) override {
    using Response = admin::v1::ApproveChangeResponse;
    return parts_.shell.Serve<admin::v1::ApproveChangeRequest, Response>(
        context, in, out, RuleOf("/cardvault.admin.v1.ChangeService/ApproveChange"),
        [this](const Caller& caller, admin::v1::ApproveChangeRequest& request,
               Done<Response> done) {
          parts_.executor.Post(
              [this, caller, request = std::move(request), done = std::move(done)]() mutable {
                parts_.desk.Approve(caller, request.id(), request.digest(),
                                    [done = std::move(done)](const auto& change) mutable {
                                      std::move(done)(Answered<Response>(change));
                                    });
              });
        });
  }

 private:
  // Serves a call by a handler that may wait, on the executor.
  template <typename Request, typename Response>
  ServerUnaryReactor* Run(CallbackServerContext* context, const ByteBuffer* in, ByteBuffer* out,
                          absl::string_view method,
                          absl::StatusOr<Response> (ChangeServiceImpl::*handle)(const Caller&,
                                                                                Request&)) {
    return parts_.shell.ServeOn<Request, Response>(
        context, in, out, RuleOf(method), parts_.executor,
        [this, handle](const Caller& caller, Request& request) {
          return (this->*handle)(caller, request);
        });
  }

  absl::StatusOr<admin::v1::ProposeResponse> Proposed(const Caller& caller,
                                                      admin::v1::ProposeRequest& request) {
    ASSIGN_OR_RETURN(ChangeDesk::Proposed proposed,
                     parts_.desk.Propose(caller, *request.mutable_proposal()));
    admin::v1::ProposeResponse response;
    for (DocumentMistake& mistake : proposed.mistakes) {
      AddMistake(response.add_mistakes(), mistake.line, std::move(mistake.key), mistake.problem);
    }
    if (!response.mistakes().empty()) {
      RETURN_IF_ERROR(TellOfRead(parts_.pipeline, caller, "change check"));
      return response;
    }
    *response.mutable_change() = Shown(proposed.change);
    return response;
  }

  absl::StatusOr<admin::v1::ListChangesResponse> Listed(const Caller& caller,
                                                        admin::v1::ListChangesRequest& request) {
    RETURN_IF_ERROR(TellOfRead(parts_.pipeline, caller, "changes"));
    ASSIGN_OR_RETURN(const std::vector<StoredChange> changes, parts_.book.All());
    admin::v1::ListChangesResponse response;
    for (const StoredChange& change : changes) {
      if (request.open_only() && !IsOpen(change.state())) continue;
      *response.add_changes() = Shown(change);
    }
    return response;
  }

  absl::StatusOr<admin::v1::GetChangeResponse> Whole(const Caller& caller,
                                                     admin::v1::GetChangeRequest& request) {
    ASSIGN_OR_RETURN(const StoredChange change, parts_.book.Get(request.id()));
    RETURN_IF_ERROR(TellOfRead(parts_.pipeline, caller, "change"));
    admin::v1::GetChangeResponse response;
    *response.mutable_change() = Shown(change);
    if (!response.mutable_proposal()->ParseFromString(change.content.proposal())) {
      return DataLoss("a stored proposal does not parse");
    }
    if (std::optional<std::string> document =
            parts_.desk.DocumentInForce(change, response.proposal())) {
      response.set_document_in_force(*std::move(document));
    }
    return response;
  }

  absl::StatusOr<admin::v1::RejectChangeResponse> Rejected(
      const Caller& caller, admin::v1::RejectChangeRequest& request) {
    return Answered<admin::v1::RejectChangeResponse>(parts_.desk.Reject(caller, request.id()));
  }

  absl::StatusOr<admin::v1::GetConfigurationResponse> Configuration(
      const Caller& caller, admin::v1::GetConfigurationRequest&) {
    RETURN_IF_ERROR(TellOfRead(parts_.pipeline, caller, "configuration"));
    admin::v1::GetConfigurationResponse response;
    AddFiles(parts_.config.Approved(), response.mutable_approved());
    AddFiles(parts_.config.found(), response.mutable_found());
    return response;
  }

  const ChangeServiceParts parts_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewChangeService(const ChangeServiceParts& parts) {
  return std::make_unique<ChangeServiceImpl>(parts);
}

}  // namespace cardvault
