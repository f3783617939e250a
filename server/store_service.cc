#include "server/store_service.h"

#include <utility>

#include "base/status.h"
#include "cardvault/admin/v1/store_service.grpc.pb.h"
#include "server/admin_steps.h"

namespace cardvault {
namespace {

using Service = admin::v1::StoreService;
using RawStoreService =
    Service::WithRawCallbackMethod_GetStore<Service::WithRawCallbackMethod_AdmitStore<
        Service::WithRawCallbackMethod_ChangeLookUp<Service::Service>>>;

using grpc::ByteBuffer;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

class StoreServiceImpl final : public RawStoreService {
 public:
  explicit StoreServiceImpl(const StoreServiceParts& parts) : parts_(parts) {}

  ServerUnaryReactor* GetStore(CallbackServerContext* context, const ByteBuffer* in,
                               ByteBuffer* out) override {
    return Run(context, in, out, "/cardvault.admin.v1.StoreService/GetStore",
               &StoreServiceImpl::Shown);
  }
  ServerUnaryReactor* AdmitStore(CallbackServerContext* context, const ByteBuffer* in,
                                 ByteBuffer* out) override {
    return Run(context, in, out, "/cardvault.admin.v1.StoreService/AdmitStore",
               &StoreServiceImpl::Admitted);
  }
  ServerUnaryReactor* ChangeLookUp(CallbackServerContext* context, const ByteBuffer* in,
                                   ByteBuffer* out) override {
    return Run(context, in, out, "/cardvault.admin.v1.StoreService/ChangeLookUp",
               &StoreServiceImpl::LookUpChanged);
  }

 private:
  // Serves a call by a handler that may wait, on the executor.
  template <typename Request, typename Response>
  ServerUnaryReactor* Run(CallbackServerContext* context, const ByteBuffer* in, ByteBuffer* out,
                          absl::string_view method,
                          absl::StatusOr<Response> (StoreServiceImpl::*handle)(const Caller&,
                                                                               Request&)) {
    return parts_.shell.ServeOn<Request, Response>(
        context, in, out, RuleOf(method), parts_.executor,
        [this, handle](const Caller& caller, Request& request) {
          return (this->*handle)(caller, request);
        });
  }

  absl::StatusOr<admin::v1::GetStoreResponse> Shown(const Caller& caller,
                                                    admin::v1::GetStoreRequest&) {
    RETURN_IF_ERROR(TellOfRead(parts_.pipeline, caller, "store"));
    return parts_.admission.Show();
  }

  absl::StatusOr<admin::v1::AdmitStoreResponse> Admitted(const Caller& caller,
                                                         admin::v1::AdmitStoreRequest& request) {
    return parts_.admission.Admit(caller.origin, request);
  }

  absl::StatusOr<admin::v1::ChangeLookUpResponse> LookUpChanged(
      const Caller& caller, admin::v1::ChangeLookUpRequest& request) {
    return parts_.admission.ChangeLookUp(caller.origin, request);
  }

  const StoreServiceParts parts_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewStoreService(const StoreServiceParts& parts) {
  return std::make_unique<StoreServiceImpl>(parts);
}

}  // namespace cardvault
