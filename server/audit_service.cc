#include "server/audit_service.h"

#include <utility>

#include "absl/strings/string_view.h"
#include "cardvault/admin/v1/audit_service.grpc.pb.h"

namespace cardvault {
namespace {

using Service = admin::v1::AuditService;
using RawAuditService =
    Service::WithRawCallbackMethod_Export<Service::WithRawCallbackMethod_WatchEntries<
        Service::WithRawCallbackMethod_GetCheckpoint<Service::WithRawCallbackMethod_ProveInclusion<
            Service::WithRawCallbackMethod_ProveConsistency<
                Service::WithRawCallbackMethod_ListCheckpointKeys<Service::Service>>>>>>;

using grpc::ByteBuffer;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;
using StreamReactor = grpc::ServerWriteReactor<ByteBuffer>;

class AuditServiceImpl final : public RawAuditService {
 public:
  explicit AuditServiceImpl(const AuditServiceParts& parts) : parts_(parts) {}

  StreamReactor* Export(CallbackServerContext* context, const ByteBuffer* in) override {
    return Stream<admin::v1::ExportResponse>(context, in, "/cardvault.admin.v1.AuditService/Export",
                                             &AuditDesk::Export);
  }
  StreamReactor* WatchEntries(CallbackServerContext* context, const ByteBuffer* in) override {
    return Stream<admin::v1::WatchEntriesResponse>(
        context, in, "/cardvault.admin.v1.AuditService/WatchEntries", &AuditDesk::Watch);
  }
  ServerUnaryReactor* GetCheckpoint(CallbackServerContext* context, const ByteBuffer* in,
                                    ByteBuffer* out) override {
    return Run(context, in, out, "/cardvault.admin.v1.AuditService/GetCheckpoint",
               &AuditDesk::GetCheckpoint);
  }
  ServerUnaryReactor* ProveInclusion(CallbackServerContext* context, const ByteBuffer* in,
                                     ByteBuffer* out) override {
    return Run(context, in, out, "/cardvault.admin.v1.AuditService/ProveInclusion",
               &AuditDesk::ProveInclusion);
  }
  ServerUnaryReactor* ProveConsistency(CallbackServerContext* context, const ByteBuffer* in,
                                       ByteBuffer* out) override {
    return Run(context, in, out, "/cardvault.admin.v1.AuditService/ProveConsistency",
               &AuditDesk::ProveConsistency);
  }
  ServerUnaryReactor* ListCheckpointKeys(CallbackServerContext* context, const ByteBuffer* in,
                                         ByteBuffer* out) override {
    return Run(context, in, out, "/cardvault.admin.v1.AuditService/ListCheckpointKeys",
               &AuditDesk::ListKeys);
  }

 private:
  // On the executor: everything waits for a commit and the disk.
  template <typename Request, typename Response>
  ServerUnaryReactor* Run(CallbackServerContext* context, const ByteBuffer* in, ByteBuffer* out,
                          absl::string_view method,
                          absl::StatusOr<Response> (AuditDesk::*work)(const Caller&,
                                                                      const Request&)) {
    return parts_.shell.ServeOn<Request, Response>(
        context, in, out, RuleOf(method), parts_.executor,
        [this, work](const Caller& caller, Request& request) {
          return (parts_.desk.*work)(caller, request);
        });
  }

  template <typename Response, typename Request>
  StreamReactor* Stream(CallbackServerContext* context, const ByteBuffer* in,
                        absl::string_view method,
                        absl::StatusOr<std::unique_ptr<MessageSource>> (AuditDesk::*open)(
                            const Caller&, const Request&)) {
    return parts_.shell.ServeStream<Request, Response>(
        context, in, RuleOf(method), parts_.executor,
        [this, open](const Caller& caller, const Request& request) {
          return (parts_.desk.*open)(caller, request);
        });
  }

  const AuditServiceParts parts_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewAuditService(const AuditServiceParts& parts) {
  return std::make_unique<AuditServiceImpl>(parts);
}

}  // namespace cardvault
