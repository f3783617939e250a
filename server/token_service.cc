#include "server/token_service.h"

#include <functional>
#include <memory>
#include <utility>

#include "base/status.h"
#include "card/free_text.h"
#include "cardvault/v1/token_service.grpc.pb.h"
#include "server/stream_slots.h"
#include "server/wire/field_checks.h"
#include "server/wire/token_data.h"

namespace cardvault {
namespace {

// Ids listed in the answer to a deletion; the rest is counted.
constexpr size_t kMaxListedPayments = 100;

template <typename T>
using Done = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;

using Base = v1::TokenService::Service;
// Raw methods: the shell parses, so that it can name a field whose text is not UTF-8.
using RawTokenService = v1::TokenService::WithRawCallbackMethod_Tokenize<
    v1::TokenService::WithRawCallbackMethod_GetToken<
        v1::TokenService::WithRawCallbackMethod_ListTokens<
            v1::TokenService::WithRawCallbackMethod_UpdateCard<
                v1::TokenService::WithRawCallbackMethod_ReplacePan<
                    v1::TokenService::WithRawCallbackMethod_ProvideCvv<
                        v1::TokenService::WithRawCallbackMethod_DisableToken<
                            v1::TokenService::WithRawCallbackMethod_EnableToken<
                                v1::TokenService::WithRawCallbackMethod_DeleteToken<
                                    v1::TokenService::WithRawCallbackMethod_ImportCards<
                                        Base>>>>>>>>>>;

using grpc::ByteBuffer;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

absl::StatusOr<TokenFilter> ToFilter(const v1::ListTokensRequest& request) {
  TokenFilter filter;
  ASSIGN_OR_RETURN(filter.customer, OptionalCustomer(request.customer_id(), "customer_id"));
  if (!request.fingerprint().empty())
    RETURN_IF_ERROR(CheckCallersId(request.fingerprint(), "fingerprint"));
  if (!request.label_key().empty())
    RETURN_IF_ERROR(CheckCallersId(request.label_key(), "label_key"));
  RETURN_IF_ERROR(CheckFreeText(request.label_value(), kMaxLabelValueSize, "label_value"));
  if (request.label_key().empty() && !request.label_value().empty()) {
    return InvalidArgument(ErrorReason::kFieldMissing, "label_key",
                           "a label value is looked for without its key");
  }
  filter.fingerprint = request.fingerprint();
  filter.label_key = request.label_key();
  filter.label_value = request.label_value();
  return filter;
}

absl::StatusOr<CardUpdate> ToUpdate(const v1::UpdateCardRequest& request) {
  ASSIGN_OR_RETURN(Token token, Token::Parse(request.token()));
  CardUpdate update{std::move(token), 0, std::nullopt, std::nullopt, {}, {}};
  if (request.revision() <= 0) {
    return InvalidArgument(ErrorReason::kFieldMissing, "revision",
                           "the revision that was read is required");
  }
  update.revision = static_cast<uint64_t>(request.revision());
  if (request.expiry_month() != 0 || request.expiry_year() != 0) {
    ASSIGN_OR_RETURN(update.expiry, Expiry::Create(request.expiry_month(), request.expiry_year()));
  }
  if (request.has_cardholder_name()) {
    RETURN_IF_ERROR(CheckFreeText(request.cardholder_name(), kMaxNameSize, "cardholder_name"));
    update.cardholder_name = request.cardholder_name();
  }
  ASSIGN_OR_RETURN(update.set_labels, CheckedLabels(request.set_labels(), "set_labels"));
  if (request.remove_labels_size() > static_cast<int>(kMaxLabels)) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "remove_labels", "more than 16 labels");
  }
  for (const std::string& key : request.remove_labels()) {
    RETURN_IF_ERROR(CheckCallersId(key, "remove_labels"));
    update.remove_labels.push_back(key);
  }
  return update;
}

class TokenServiceImpl final : public RawTokenService {
 public:
  TokenServiceImpl(RpcShell& shell, CardIntake& intake, TokenDesk& desk, CvvEscrow& escrow,
                   Payments& payments, RetentionSweeper& sweeper, ReadLog& reads,
                   Executor& executor, const ImportParts& import_parts)
      : shell_(shell),
        intake_(intake),
        desk_(desk),
        escrow_(escrow),
        payments_(payments),
        sweeper_(sweeper),
        reads_(reads),
        executor_(executor),
        import_parts_(import_parts) {}

  ServerUnaryReactor* Tokenize(CallbackServerContext* context, const ByteBuffer* in,
                               ByteBuffer* out) override {
    return shell_.Serve<v1::TokenizeRequest, v1::TokenizeResponse>(
        context, in, out, RuleOf("/cardvault.v1.TokenService/Tokenize"),
        [this](const Caller& caller, v1::TokenizeRequest& request,
               Done<v1::TokenizeResponse> done) {
          intake_.Tokenize(caller.context(), request, std::move(done));
        });
  }

  grpc::ServerBidiReactor<ByteBuffer, ByteBuffer>* ImportCards(
      CallbackServerContext* context) override {
    return shell_.ServeExchange<v1::ImportCardsRequest, v1::ImportCardsResponse>(
        context, RuleOf("/cardvault.v1.TokenService/ImportCards"), executor_,
        [this](const Caller& caller,
               std::function<void()> wake) -> absl::StatusOr<std::shared_ptr<MessageExchange>> {
          ASSIGN_OR_RETURN(StreamSlots::Slot slot, imports_.Take(caller.identity.uri));
          return std::make_shared<CardImport>(caller.context(), import_parts_, std::move(slot),
                                              std::move(wake));
        });
  }

  ServerUnaryReactor* ReplacePan(CallbackServerContext* context, const ByteBuffer* in,
                                 ByteBuffer* out) override {
    return shell_.Serve<v1::ReplacePanRequest, v1::ReplacePanResponse>(
        context, in, out, RuleOf("/cardvault.v1.TokenService/ReplacePan"),
        [this](const Caller& caller, v1::ReplacePanRequest& request,
               Done<v1::ReplacePanResponse> done) {
          intake_.ReplacePan(caller.context(), request, std::move(done));
        });
  }

  ServerUnaryReactor* ProvideCvv(CallbackServerContext* context, const ByteBuffer* in,
                                 ByteBuffer* out) override {
    return shell_.Serve<v1::ProvideCvvRequest, v1::ProvideCvvResponse>(
        context, in, out, RuleOf("/cardvault.v1.TokenService/ProvideCvv"),
        [this](const Caller& caller, v1::ProvideCvvRequest& request,
               Done<v1::ProvideCvvResponse> done) {
          intake_.ProvideCvv(caller.context(), request, std::move(done));
        });
  }

  ServerUnaryReactor* GetToken(CallbackServerContext* context, const ByteBuffer* in,
                               ByteBuffer* out) override {
    return shell_.Serve<v1::GetTokenRequest, v1::GetTokenResponse>(
        context, in, out, RuleOf("/cardvault.v1.TokenService/GetToken"),
        [this](const Caller& caller, v1::GetTokenRequest& request,
               Done<v1::GetTokenResponse> done) {
          absl::StatusOr<v1::GetTokenResponse> response = GetToken(caller, request);
          if (!response.ok()) return std::move(done)(response.status());
          AnswerRead(caller, request.token(), 1, *std::move(response), std::move(done));
        });
  }

  ServerUnaryReactor* ListTokens(CallbackServerContext* context, const ByteBuffer* in,
                                 ByteBuffer* out) override {
    return shell_.Serve<v1::ListTokensRequest, v1::ListTokensResponse>(
        context, in, out, RuleOf("/cardvault.v1.TokenService/ListTokens"),
        [this](const Caller& caller, v1::ListTokensRequest& request,
               Done<v1::ListTokensResponse> done) {
          absl::StatusOr<v1::ListTokensResponse> response = ListTokens(caller, request);
          if (!response.ok()) return std::move(done)(response.status());
          const size_t count = response->tokens_size();
          AnswerRead(caller, "list", count, *std::move(response), std::move(done));
        });
  }

  ServerUnaryReactor* UpdateCard(CallbackServerContext* context, const ByteBuffer* in,
                                 ByteBuffer* out) override {
    return shell_.Serve<v1::UpdateCardRequest, v1::UpdateCardResponse>(
        context, in, out, RuleOf("/cardvault.v1.TokenService/UpdateCard"),
        [this](const Caller& caller, v1::UpdateCardRequest& request,
               Done<v1::UpdateCardResponse> done) {
          absl::StatusOr<CardUpdate> update = ToUpdate(request);
          if (!update.ok()) return std::move(done)(update.status());
          desk_.Update(caller.context(), *std::move(update),
                       Show<v1::UpdateCardResponse>(caller, std::move(done)));
        });
  }

  ServerUnaryReactor* DisableToken(CallbackServerContext* context, const ByteBuffer* in,
                                   ByteBuffer* out) override {
    return shell_.Serve<v1::DisableTokenRequest, v1::DisableTokenResponse>(
        context, in, out, RuleOf("/cardvault.v1.TokenService/DisableToken"),
        [this](const Caller& caller, v1::DisableTokenRequest& request,
               Done<v1::DisableTokenResponse> done) {
          absl::StatusOr<Token> token = Token::Parse(request.token());
          if (!token.ok()) return std::move(done)(token.status());
          desk_.Disable(caller.context(), *token,
                        [this, show = Show<v1::DisableTokenResponse>(caller, std::move(done))](
                            absl::StatusOr<TokenView> view) mutable {
                          if (view.ok()) escrow_.Wipe(view->token);
                          std::move(show)(std::move(view));
                        });
        });
  }

  ServerUnaryReactor* EnableToken(CallbackServerContext* context, const ByteBuffer* in,
                                  ByteBuffer* out) override {
    return shell_.Serve<v1::EnableTokenRequest, v1::EnableTokenResponse>(
        context, in, out, RuleOf("/cardvault.v1.TokenService/EnableToken"),
        [this](const Caller& caller, v1::EnableTokenRequest& request,
               Done<v1::EnableTokenResponse> done) {
          absl::StatusOr<Token> token = Token::Parse(request.token());
          if (!token.ok()) return std::move(done)(token.status());
          desk_.Enable(caller.context(), *token,
                       Show<v1::EnableTokenResponse>(caller, std::move(done)));
        });
  }

  ServerUnaryReactor* DeleteToken(CallbackServerContext* context, const ByteBuffer* in,
                                  ByteBuffer* out) override {
    return shell_.Serve<v1::DeleteTokenRequest, v1::DeleteTokenResponse>(
        context, in, out, RuleOf("/cardvault.v1.TokenService/DeleteToken"),
        [this](const Caller& caller, v1::DeleteTokenRequest& request,
               Done<v1::DeleteTokenResponse> done) {
          absl::StatusOr<Token> token = Token::Parse(request.token());
          if (!token.ok()) return std::move(done)(token.status());
          desk_.Delete(
              caller.context(), *token,
              [this, token = *token, done = std::move(done)](absl::StatusOr<bool> deleted) mutable {
                if (!deleted.ok()) return std::move(done)(deleted.status());
                escrow_.Wipe(token);
                if (*deleted) sweeper_.NoteErasure();
                // Reads up to thousands of rows: nothing for the commit thread.
                executor_.Post([this, token, done = std::move(done)]() mutable {
                  std::move(done)(WithoutRefund(token));
                });
              });
        });
  }

 private:
  // Answers a response whose one field is the token.
  template <typename Response>
  Done<TokenView> Show(const Caller& caller, Done<Response> done) {
    return [this, merchant = *caller.identity.merchant,
            done = std::move(done)](absl::StatusOr<TokenView> view) mutable {
      if (!view.ok()) return std::move(done)(view.status());
      Response response;
      *response.mutable_token() = ToTokenData(*view, escrow_.StatusOf(merchant, view->token));
      std::move(done)(std::move(response));
    };
  }

  template <typename Response>
  void AnswerRead(const Caller& caller, std::string object, size_t count, Response response,
                  Done<Response> done) {
    reads_.Tell(
        caller.origin, AuditAction::kTokenRead, std::move(object), count,
        [response = std::move(response), done = std::move(done)](const absl::Status& told) mutable {
          if (!told.ok()) return std::move(done)(told);
          std::move(done)(std::move(response));
        });
  }

  absl::StatusOr<v1::GetTokenResponse> GetToken(const Caller& caller,
                                                const v1::GetTokenRequest& request) {
    ASSIGN_OR_RETURN(Token token, Token::Parse(request.token()));
    ASSIGN_OR_RETURN(TokenView view, desk_.Get(caller.context(), token));
    v1::GetTokenResponse response;
    *response.mutable_token() =
        ToTokenData(view, escrow_.StatusOf(*caller.identity.merchant, token));
    return response;
  }

  absl::StatusOr<v1::ListTokensResponse> ListTokens(const Caller& caller,
                                                    const v1::ListTokensRequest& request) {
    ASSIGN_OR_RETURN(TokenFilter filter, ToFilter(request));
    if (request.page_size() < 0 || request.page_size() > static_cast<int>(kMaxPageSize)) {
      return InvalidArgument(ErrorReason::kFieldInvalid, "page_size", "not 1 to 200");
    }
    const size_t size = request.page_size() == 0 ? kDefaultPageSize : request.page_size();
    ASSIGN_OR_RETURN(TokenPage page,
                     desk_.List(caller.context(), filter, size, request.page_token()));
    v1::ListTokensResponse response;
    for (const TokenView& view : page.tokens) {
      *response.add_tokens() =
          ToTokenData(view, escrow_.StatusOf(*caller.identity.merchant, view.token));
    }
    response.set_next_page_token(page.next_page_token);
    return response;
  }

  absl::StatusOr<v1::DeleteTokenResponse> WithoutRefund(const Token& token) {
    ASSIGN_OR_RETURN(Payments::RefundablePayments payments,
                     payments_.RefundableWith(token, kMaxListedPayments));
    v1::DeleteTokenResponse response;
    for (std::string& id : payments.payment_ids) {
      response.add_payment_ids_without_refund(std::move(id));
    }
    response.set_payment_without_refund_count(payments.count);
    return response;
  }

  RpcShell& shell_;
  CardIntake& intake_;
  TokenDesk& desk_;
  CvvEscrow& escrow_;
  Payments& payments_;
  RetentionSweeper& sweeper_;
  ReadLog& reads_;
  Executor& executor_;
  const ImportParts import_parts_;
  StreamSlots imports_{kMaxImports};
};

}  // namespace

std::unique_ptr<grpc::Service> NewTokenService(RpcShell& shell, CardIntake& intake, TokenDesk& desk,
                                               CvvEscrow& escrow, Payments& payments,
                                               RetentionSweeper& sweeper, ReadLog& reads,
                                               Executor& executor,
                                               const ImportParts& import_parts) {
  return std::make_unique<TokenServiceImpl>(shell, intake, desk, escrow, payments, sweeper, reads,
                                            executor, import_parts);
}

}  // namespace cardvault
