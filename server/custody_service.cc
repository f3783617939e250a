#include "server/custody_service.h"

#include <utility>

#include "base/error_reason.h"
#include "base/status.h"
#include "cardvault/admin/v1/custody_service.grpc.pb.h"

namespace cardvault {
namespace {

using Service = admin::v1::CustodyService;
using RawShares =
    Service::WithRawCallbackMethod_SubmitShare<Service::WithRawCallbackMethod_AcknowledgeDuties<
        Service::WithRawCallbackMethod_GetEnvelope<Service::Service>>>;
using RawCustodyService = Service::WithRawCallbackMethod_GetCustodyStatus<
    Service::WithRawCallbackMethod_Seal<Service::WithRawCallbackMethod_ProposeCustody<
        Service::WithRawCallbackMethod_ActivateCustody<
            Service::WithRawCallbackMethod_WithdrawCustody<RawShares>>>>>;

using grpc::ByteBuffer;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

absl::Status NotInCustody() {
  return Unimplemented(ErrorReason::kNotOffered, "this vault's KEK is not in custody");
}

class CustodyServiceImpl final : public RawCustodyService {
 public:
  explicit CustodyServiceImpl(const CustodyServiceParts& parts) : parts_(parts) {}

  ServerUnaryReactor* GetCustodyStatus(CallbackServerContext* context, const ByteBuffer* in,
                                       ByteBuffer* out) override {
    return AtDesk(context, in, out, "/cardvault.admin.v1.CustodyService/GetCustodyStatus",
                  &CustodyDesk::Status);
  }
  ServerUnaryReactor* SubmitShare(CallbackServerContext* context, const ByteBuffer* in,
                                  ByteBuffer* out) override {
    return AtDesk(context, in, out, "/cardvault.admin.v1.CustodyService/SubmitShare",
                  &CustodyDesk::Submit);
  }
  ServerUnaryReactor* AcknowledgeDuties(CallbackServerContext* context, const ByteBuffer* in,
                                        ByteBuffer* out) override {
    return AtDesk(context, in, out, "/cardvault.admin.v1.CustodyService/AcknowledgeDuties",
                  &CustodyDesk::Acknowledge);
  }
  ServerUnaryReactor* GetEnvelope(CallbackServerContext* context, const ByteBuffer* in,
                                  ByteBuffer* out) override {
    return AtDesk(context, in, out, "/cardvault.admin.v1.CustodyService/GetEnvelope",
                  &CustodyDesk::Envelope);
  }
  ServerUnaryReactor* ProposeCustody(CallbackServerContext* context, const ByteBuffer* in,
                                     ByteBuffer* out) override {
    return AtDesk(context, in, out, "/cardvault.admin.v1.CustodyService/ProposeCustody",
                  &CustodyDesk::Propose);
  }
  ServerUnaryReactor* WithdrawCustody(CallbackServerContext* context, const ByteBuffer* in,
                                      ByteBuffer* out) override {
    return AtDesk(context, in, out, "/cardvault.admin.v1.CustodyService/WithdrawCustody",
                  &CustodyDesk::Withdraw);
  }
  ServerUnaryReactor* ActivateCustody(CallbackServerContext* context, const ByteBuffer* in,
                                      ByteBuffer* out) override {
    return AtDesk(context, in, out, "/cardvault.admin.v1.CustodyService/ActivateCustody",
                  &CustodyDesk::Activate);
  }
  ServerUnaryReactor* Seal(CallbackServerContext* context, const ByteBuffer* in,
                           ByteBuffer* out) override {
    return Run<admin::v1::SealRequest, admin::v1::SealResponse>(
        context, in, out, "/cardvault.admin.v1.CustodyService/Seal", parts_.seal_executor,
        [this](const Caller& caller,
               admin::v1::SealRequest&) -> absl::StatusOr<admin::v1::SealResponse> {
          const absl::Status sealed = parts_.seal.Seal(caller.origin);
          if (parts_.desk != nullptr) parts_.desk->Tick();  // at once, what a sealing overtakes
          RETURN_IF_ERROR(sealed);
          return admin::v1::SealResponse();
        });
  }

 private:
  template <typename Request, typename Response>
  ServerUnaryReactor* AtDesk(CallbackServerContext* context, const ByteBuffer* in, ByteBuffer* out,
                             absl::string_view method,
                             absl::StatusOr<Response> (CustodyDesk::*handle)(const Caller&,
                                                                             Request&)) {
    return Run<Request, Response>(
        context, in, out, method, parts_.executor,
        [this, handle](const Caller& caller, Request& request) -> absl::StatusOr<Response> {
          if (parts_.desk == nullptr) return NotInCustody();
          return (parts_.desk->*handle)(caller, request);
        });
  }

  // Runs a handler that waits, on `executor`.
  template <typename Request, typename Response, typename Handler>
  ServerUnaryReactor* Run(CallbackServerContext* context, const ByteBuffer* in, ByteBuffer* out,
                          absl::string_view method, Executor& executor, Handler handler) {
    return parts_.shell.ServeOn<Request, Response>(context, in, out, RuleOf(method), executor,
                                                   std::move(handler));
  }

  const CustodyServiceParts parts_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewCustodyService(const CustodyServiceParts& parts) {
  return std::make_unique<CustodyServiceImpl>(parts);
}

}  // namespace cardvault
