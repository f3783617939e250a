#include "server/payment_service.h"

#include <utility>

#include "base/status.h"
#include "cardvault/v1/payment_service.grpc.pb.h"
#include "server/wire/field_checks.h"
#include "server/wire/notification_data.h"
#include "server/wire/payment_data.h"

namespace cardvault {
namespace {

template <typename T>
using Done = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;

using RawPaymentService = v1::PaymentService::WithRawCallbackMethod_PayIn<
    v1::PaymentService::WithRawCallbackMethod_PayOut<
        v1::PaymentService::WithRawCallbackMethod_Refund<
            v1::PaymentService::WithRawCallbackMethod_GetPayment<
                v1::PaymentService::WithRawCallbackMethod_ListPayments<
                    v1::PaymentService::WithRawCallbackMethod_VerifyNotification<
                        v1::PaymentService::WithRawCallbackMethod_DryRun<
                            v1::PaymentService::Service>>>>>>>;

using grpc::ByteBuffer;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

class PaymentServiceImpl final : public RawPaymentService {
 public:
  PaymentServiceImpl(RpcShell& shell, Payments& payments, RefusalLog& refusals, ReadLog& reads,
                     Executor& executor, VaultMode mode)
      : shell_(shell),
        payments_(payments),
        refusals_(refusals),
        reads_(reads),
        executor_(executor),
        mode_(mode) {}

  ServerUnaryReactor* PayIn(CallbackServerContext* context, const ByteBuffer* in,
                            ByteBuffer* out) override {
    return shell_.Serve<v1::PayInRequest, v1::PayInResponse>(
        context, in, out, RuleOf("/cardvault.v1.PaymentService/PayIn"),
        [this](const Caller& caller, v1::PayInRequest& request, Done<v1::PayInResponse> done) {
          absl::StatusOr<PaymentRequest> payment = ToPaymentRequest(caller.context(), request);
          if (!payment.ok()) return std::move(done)(payment.status());
          payments_.Pay(*std::move(payment), AnswerWith<v1::PayInResponse>(std::move(done)));
        });
  }

  ServerUnaryReactor* PayOut(CallbackServerContext* context, const ByteBuffer* in,
                             ByteBuffer* out) override {
    return shell_.Serve<v1::PayOutRequest, v1::PayOutResponse>(
        context, in, out, RuleOf("/cardvault.v1.PaymentService/PayOut"),
        [this](const Caller& caller, v1::PayOutRequest& request, Done<v1::PayOutResponse> done) {
          absl::StatusOr<PaymentRequest> payment = ToPaymentRequest(caller.context(), request);
          if (!payment.ok()) return std::move(done)(payment.status());
          payments_.Pay(*std::move(payment), AnswerWith<v1::PayOutResponse>(std::move(done)));
        });
  }

  ServerUnaryReactor* Refund(CallbackServerContext* context, const ByteBuffer* in,
                             ByteBuffer* out) override {
    return shell_.Serve<v1::RefundRequest, v1::RefundResponse>(
        context, in, out, RuleOf("/cardvault.v1.PaymentService/Refund"),
        [this](const Caller& caller, v1::RefundRequest& request, Done<v1::RefundResponse> done) {
          absl::StatusOr<RefundRequest> refund = ToRefundRequest(caller.context(), request);
          if (!refund.ok()) return std::move(done)(refund.status());
          payments_.Refund(*std::move(refund), AnswerWith<v1::RefundResponse>(std::move(done)));
        });
  }

  ServerUnaryReactor* GetPayment(CallbackServerContext* context, const ByteBuffer* in,
                                 ByteBuffer* out) override {
    return shell_.Serve<v1::GetPaymentRequest, v1::GetPaymentResponse>(
        context, in, out, RuleOf("/cardvault.v1.PaymentService/GetPayment"),
        [this](const Caller& caller, v1::GetPaymentRequest& request,
               Done<v1::GetPaymentResponse> done) {
          const absl::StatusOr<PaymentId> id =
              ParseId<PaymentId>(request.payment_id(), "payment_id");
          if (!id.ok()) return std::move(done)(id.status());
          auto answer = [this, origin = caller.origin,
                         done = AnswerWith<v1::GetPaymentResponse>(std::move(done))](
                            absl::StatusOr<storage::v1::PaymentRecord> record) mutable {
            if (!record.ok()) return std::move(done)(record.status());
            const std::string reference = record->audit_reference();
            AnswerRead(origin, reference, 1, *std::move(record), std::move(done));
          };
          if (request.refresh()) {
            payments_.Refresh(caller.context(), *id, std::move(answer));
          } else {
            std::move(answer)(payments_.Get(caller.context(), *id));
          }
        });
  }

  ServerUnaryReactor* ListPayments(CallbackServerContext* context, const ByteBuffer* in,
                                   ByteBuffer* out) override {
    return shell_.Serve<v1::ListPaymentsRequest, v1::ListPaymentsResponse>(
        context, in, out, RuleOf("/cardvault.v1.PaymentService/ListPayments"),
        [this](const Caller& caller, v1::ListPaymentsRequest& request,
               Done<v1::ListPaymentsResponse> done) {
          absl::StatusOr<PaymentFilter> filter = ToPaymentFilter(request);
          if (!filter.ok()) return std::move(done)(filter.status());
          payments_.List(caller.context(), *std::move(filter),
                         static_cast<size_t>(request.page_size()), request.page_token(),
                         [this, origin = caller.origin,
                          done = std::move(done)](absl::StatusOr<PaymentPage> page) mutable {
                           if (!page.ok()) return std::move(done)(page.status());
                           v1::ListPaymentsResponse response;
                           for (const storage::v1::PaymentRecord& record : page->payments) {
                             *response.add_payments() = ToPayment(record, mode_);
                             response.mutable_payments()->rbegin()->clear_timeline();
                           }
                           response.set_next_page_token(page->next_page_token);
                           const size_t count = page->payments.size();
                           AnswerRead(origin, "list", count, std::move(response), std::move(done));
                         });
        });
  }

  ServerUnaryReactor* VerifyNotification(CallbackServerContext* context, const ByteBuffer* in,
                                         ByteBuffer* out) override {
    return shell_.Serve<v1::VerifyNotificationRequest, v1::VerifyNotificationResponse>(
        context, in, out, RuleOf("/cardvault.v1.PaymentService/VerifyNotification"),
        [this](const Caller& caller, v1::VerifyNotificationRequest& request,
               Done<v1::VerifyNotificationResponse> done) {
          absl::StatusOr<NotificationInput> input = ToNotificationInput(caller.context(), request);
          if (!input.ok()) return std::move(done)(input.status());
          payments_.VerifyNotification(*std::move(input),
                                       [this, origin = caller.origin, done = std::move(done)](
                                           absl::StatusOr<NotificationResult> result) mutable {
                                         if (!result.ok()) return std::move(done)(result.status());
                                         AnswerNotification(origin, *result, std::move(done));
                                       });
        });
  }

  ServerUnaryReactor* DryRun(CallbackServerContext* context, const ByteBuffer* in,
                             ByteBuffer* out) override {
    return shell_.Serve<v1::DryRunRequest, v1::DryRunResponse>(
        context, in, out, RuleOf("/cardvault.v1.PaymentService/DryRun"),
        [this](const Caller& caller, v1::DryRunRequest& request, Done<v1::DryRunResponse> done) {
          // Its reads of every table would hold a thread of the network up.
          executor_.Post([this, call = caller.context(), request = std::move(request),
                          done = std::move(done)]() mutable {
            const absl::StatusOr<DryRunResult> result = TryOut(call, request);
            if (!result.ok()) return std::move(done)(result.status());
            std::move(done)(ToDryRunResponse(*result));
          });
        });
  }

 private:
  // What answers an RPC whose response holds one payment.
  template <typename Response>
  Done<storage::v1::PaymentRecord> AnswerWith(Done<Response> done) {
    return [mode = mode_,
            done = std::move(done)](absl::StatusOr<storage::v1::PaymentRecord> record) mutable {
      if (!record.ok()) return std::move(done)(record.status());
      Response response;
      *response.mutable_payment() = ToPayment(*record, mode);
      std::move(done)(std::move(response));
    };
  }

  // Shows what was read when the log tells of it.
  template <typename Shown>
  void AnswerRead(const AuditOrigin& origin, std::string object, size_t count, Shown shown,
                  Done<Shown> done) {
    reads_.Tell(
        origin, AuditAction::kPaymentRead, std::move(object), count,
        [shown = std::move(shown), done = std::move(done)](const absl::Status& told) mutable {
          if (!told.ok()) return std::move(done)(told);
          std::move(done)(std::move(shown));
        });
  }

  // A notification that changed nothing is an entry before it is answered; a flood of them is
  // counted into a bounded number.
  void AnswerNotification(const AuditOrigin& origin, const NotificationResult& result,
                          Done<v1::VerifyNotificationResponse> done) {
    v1::VerifyNotificationResponse response = ToNotificationResponse(result, mode_);
    const bool refused = result.refusal != ErrorReason::kUnspecified;
    if (!refused && !result.repeated && !result.unconfirmed) {
      return std::move(done)(std::move(response));
    }
    AuditLeaf leaf{};
    leaf.action = refused              ? AuditAction::kNotificationRefused
                  : result.unconfirmed ? AuditAction::kNotificationUnconfirmed
                                       : AuditAction::kNotificationRepeated;
    leaf.outcome = refused ? AuditOutcome::kRefused : AuditOutcome::kSuccess;
    leaf.reason = result.refusal;
    leaf.origin = origin;
    if (result.payment.has_value()) leaf.object = result.payment->audit_reference();
    refusals_.Record(std::move(leaf),
                     [done = std::move(done), response = std::move(response)]() mutable {
                       std::move(done)(std::move(response));
                     });
  }

  absl::StatusOr<DryRunResult> TryOut(const CallContext& call, const v1::DryRunRequest& request) {
    switch (request.payment_case()) {
      case v1::DryRunRequest::kPayIn: {
        ASSIGN_OR_RETURN(const PaymentRequest payment, ToPaymentRequest(call, request.pay_in()));
        return payments_.TryOut(payment);
      }
      case v1::DryRunRequest::kPayOut: {
        ASSIGN_OR_RETURN(const PaymentRequest payment, ToPaymentRequest(call, request.pay_out()));
        return payments_.TryOut(payment);
      }
      case v1::DryRunRequest::kRefund: {
        ASSIGN_OR_RETURN(RefundRequest refund, ToRefundRequest(call, request.refund()));
        return payments_.TryOut(std::move(refund));
      }
      case v1::DryRunRequest::PAYMENT_NOT_SET:
        break;
    }
    return InvalidArgument(ErrorReason::kFieldMissing, "payment",
                           "a pay-in, a pay-out or a refund is wanted");
  }

  RpcShell& shell_;
  Payments& payments_;
  RefusalLog& refusals_;
  ReadLog& reads_;
  Executor& executor_;
  const VaultMode mode_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewPaymentService(RpcShell& shell, Payments& payments,
                                                 RefusalLog& refusals, ReadLog& reads,
                                                 Executor& executor, VaultMode mode) {
  return std::make_unique<PaymentServiceImpl>(shell, payments, refusals, reads, executor, mode);
}

}  // namespace cardvault
