#include "server/payment_service.h"

#include <utility>

#include "base/status.h"
#include "cardvault/v1/payment_service.grpc.pb.h"
#include "server/wire/field_checks.h"
#include "server/wire/payment_data.h"

namespace cardvault {
namespace {

template <typename T>
using Done = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;

using RawPaymentService = v1::PaymentService::WithRawCallbackMethod_PayIn<
    v1::PaymentService::WithRawCallbackMethod_GetPayment<v1::PaymentService::Service>>;

using grpc::ByteBuffer;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

class PaymentServiceImpl final : public RawPaymentService {
 public:
  PaymentServiceImpl(RpcShell& shell, Payments& payments, VaultMode mode)
      : shell_(shell), payments_(payments), mode_(mode) {}

  ServerUnaryReactor* PayIn(CallbackServerContext* context, const ByteBuffer* in,
                            ByteBuffer* out) override {
    return shell_.Serve<v1::PayInRequest, v1::PayInResponse>(
        context, in, out, RuleOf("/cardvault.v1.PaymentService/PayIn"),
        [this](const Caller& caller, v1::PayInRequest& request, Done<v1::PayInResponse> done) {
          absl::StatusOr<PayInInput> input = ToPayInInput(caller.context(), request);
          if (!input.ok()) return std::move(done)(input.status());
          payments_.PayIn(*std::move(input),
                          [mode = mode_, done = std::move(done)](
                              absl::StatusOr<storage::v1::PaymentRecord> record) mutable {
                            if (!record.ok()) return std::move(done)(record.status());
                            v1::PayInResponse response;
                            *response.mutable_payment() = ToPayment(*record, mode);
                            std::move(done)(std::move(response));
                          });
        });
  }

  ServerUnaryReactor* GetPayment(CallbackServerContext* context, const ByteBuffer* in,
                                 ByteBuffer* out) override {
    return shell_.Serve<v1::GetPaymentRequest, v1::GetPaymentResponse>(
        context, in, out, RuleOf("/cardvault.v1.PaymentService/GetPayment"),
        [this](const Caller& caller, v1::GetPaymentRequest& request,
               Done<v1::GetPaymentResponse> done) {
          std::move(done)(GetPayment(caller, request));
        });
  }

 private:
  absl::StatusOr<v1::GetPaymentResponse> GetPayment(const Caller& caller,
                                                    const v1::GetPaymentRequest& request) {
    ASSIGN_OR_RETURN(PaymentId id, ParseId<PaymentId>(request.payment_id(), "payment_id"));
    ASSIGN_OR_RETURN(storage::v1::PaymentRecord record, payments_.Get(caller.context(), id));
    v1::GetPaymentResponse response;
    *response.mutable_payment() = ToPayment(record, mode_);
    return response;
  }

  RpcShell& shell_;
  Payments& payments_;
  const VaultMode mode_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewPaymentService(RpcShell& shell, Payments& payments,
                                                 VaultMode mode) {
  return std::make_unique<PaymentServiceImpl>(shell, payments, mode);
}

}  // namespace cardvault
