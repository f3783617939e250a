#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cardvault/v1/token_service.grpc.pb.h"
#include "cli/commands.h"
#include "cli/numbers.h"
#include "cli/secret_input.h"
#include "cli/table.h"
#include "cli/words.h"

namespace cardvault::cli {
namespace {

using v1::TokenService;

struct CardOptions {
  std::string token;
  std::string request_id;
  std::string customer;
  std::string expiry;  // MM/YYYY
  std::string name;
  std::vector<std::string> labels;  // key=value
  std::vector<std::string> remove_labels;
  std::string reuse = "customer";
  std::string fingerprint;
  std::string page;
  int64_t revision = 0;
  int64_t retention_days = 0;  // 0: none asked for
  int page_size = 0;
  int number_fd = -1;
  int cvv_fd = -1;
  bool single_use = false;
  bool with_cvv = false;
};

std::string Masked(const v1::TokenData& token) {
  return absl::StrCat(token.bin(), "******", token.last_four());
}

std::string Expiry(const v1::TokenData& token) {
  return absl::StrFormat("%02d/%04d", token.expiry_month(), token.expiry_year());
}

std::string State(const v1::TokenData& token) { return EnumWord(token.state(), "TOKEN_STATE_"); }

std::string Describe(const v1::TokenData& token) {
  std::string labels;
  for (const auto& [key, value] : token.labels()) {
    absl::StrAppend(&labels, labels.empty() ? "" : ", ", key, "=", value);
  }
  std::string cvv = EnumWord(token.cvv_state(), "CVV_STATE_");
  if (token.has_cvv_held_until()) {
    absl::StrAppend(&cvv, " until ", TimeText(token.cvv_held_until()));
  }
  return Details({{"token", token.token()},
                  {"card", absl::StrCat(EnumWord(token.brand(), "BRAND_"), " ", Masked(token))},
                  {"expires", Expiry(token)},
                  {"cardholder", token.cardholder_name()},
                  {"state", State(token)},
                  {"single use", token.single_use() ? "yes" : ""},
                  {"cvv", cvv},
                  {"fingerprint", token.fingerprint()},
                  {"customer", token.customer_id()},
                  {"labels", labels},
                  {"revision", absl::StrCat(token.revision())},
                  {"created", TimeText(token.create_time())},
                  {"changed", TimeText(token.update_time())},
                  {"deleted on", TimeText(token.delete_time())}});
}

bool ParseExpiry(const std::string& text, int& month, int& year) {
  char end = 0;
  return text.size() == 7 && sscanf(text.c_str(), "%2d/%4d%c", &month, &year, &end) == 2;
}

bool ParseLabels(const std::vector<std::string>& labels,
                 google::protobuf::Map<std::string, std::string>& out) {
  for (const std::string& label : labels) {
    const size_t equals = label.find('=');
    if (equals == std::string::npos || equals == 0) return false;
    out[label.substr(0, equals)] = label.substr(equals + 1);
  }
  return true;
}

bool ParseReuse(const std::string& text, v1::TokenizeRequest& request) {
  if (text == "customer") {
    request.set_reuse(v1::REUSE_CUSTOMER);
  } else if (text == "merchant") {
    request.set_reuse(v1::REUSE_MERCHANT);
  } else if (text == "none") {
    request.set_reuse(v1::REUSE_NONE);
  } else {
    return false;
  }
  return true;
}

SecretSource NumberSource(const CardOptions& options) {
  return {"card number", "--number-fd", options.number_fd};
}

SecretSource CvvSource(const CardOptions& options) { return {"CVV", "--cvv-fd", options.cvv_fd}; }

int Tokenize(Session& session, const CardOptions& options) {
  v1::TokenizeRequest request;
  int month = 0;
  int year = 0;
  if (!ParseExpiry(options.expiry, month, year)) {
    return Session::Misused("--expiry is MM/YYYY, for example 12/2030");
  }
  if (!ParseLabels(options.labels, *request.mutable_labels())) {
    return Session::Misused("--label is key=value");
  }
  if (!ParseReuse(options.reuse, request)) {
    return Session::Misused("--reuse is customer, merchant or none");
  }
  request.set_request_id(options.request_id);
  request.set_customer_id(options.customer);
  request.set_single_use(options.single_use);
  if (options.retention_days > 0) {
    request.mutable_retention()->set_seconds(options.retention_days * 24 * 3600);
  }
  v1::Card& card = *request.mutable_card();
  card.set_expiry_month(month);
  card.set_expiry_year(year);
  card.set_cardholder_name(options.name);

  std::string mistake = SourceMistake(NumberSource(options));
  if (mistake.empty()) mistake = SourceMistake(CvvSource(options));
  if (!mistake.empty()) return Session::Misused(mistake);
  const auto channel = session.Connect("ingest", /*admin=*/false);
  if (channel == nullptr) return kUsage;
  std::optional<SecretBytes> number = ReadSecretLine(NumberSource(options), mistake);
  if (!number.has_value()) return Session::Misused(mistake);
  const SecretField number_field(card.mutable_number(), *number);
  std::optional<SecretBytes> cvv;
  std::optional<SecretField> cvv_field;
  if (options.with_cvv || options.cvv_fd >= 0) {
    cvv = ReadSecretLine(CvvSource(options), mistake);
    if (!cvv.has_value()) return Session::Misused(mistake);
    cvv_field.emplace(card.mutable_cvv(), *cvv);
  }

  grpc::ClientContext context;
  session.Prepare(context);
  v1::TokenizeResponse response;
  const grpc::Status status =
      TokenService::NewStub(channel)->Tokenize(&context, request, &response);
  if (!status.ok()) return session.Refuse(status, context);
  return session.Show(response, [&] {
    return absl::StrCat(
        EnumWord(response.disposition(), "DISPOSITION_"), "\n", Describe(response.token()),
        response.cvv_id().empty() ? "" : absl::StrCat("cvv id       ", response.cvv_id(), "\n"));
  });
}

int ProvideCvv(Session& session, const CardOptions& options) {
  std::string mistake = SourceMistake(CvvSource(options));
  if (!mistake.empty()) return Session::Misused(mistake);
  const auto channel = session.Connect("ingest", /*admin=*/false);
  if (channel == nullptr) return kUsage;
  v1::ProvideCvvRequest request;
  request.set_token(options.token);
  std::optional<SecretBytes> cvv = ReadSecretLine(CvvSource(options), mistake);
  if (!cvv.has_value()) return Session::Misused(mistake);
  const SecretField cvv_field(request.mutable_cvv(), *cvv);
  grpc::ClientContext context;
  session.Prepare(context);
  v1::ProvideCvvResponse response;
  const grpc::Status status =
      TokenService::NewStub(channel)->ProvideCvv(&context, request, &response);
  if (!status.ok()) return session.Refuse(status, context);
  return session.Show(response, [&] {
    return Details(
        {{"cvv id", response.cvv_id()}, {"held until", TimeText(response.held_until())}});
  });
}

// A call that names a token and answers it.
template <typename Request, typename Response>
int WithToken(Session& session, Request request,
              grpc::Status (TokenService::Stub::*call)(grpc::ClientContext*, const Request&,
                                                       Response*)) {
  const auto channel = session.Connect("tokens", /*admin=*/false);
  if (channel == nullptr) return kUsage;
  grpc::ClientContext context;
  session.Prepare(context);
  Response response;
  const auto stub = TokenService::NewStub(channel);
  const grpc::Status status = ((*stub).*call)(&context, request, &response);
  if (!status.ok()) return session.Refuse(status, context);
  return session.Show(response, [&] { return Describe(response.token()); });
}

template <typename Request>
Request Naming(const std::string& token) {
  Request request;
  request.set_token(token);
  return request;
}

int Update(Session& session, const CardOptions& options) {
  v1::UpdateCardRequest request = Naming<v1::UpdateCardRequest>(options.token);
  request.set_revision(options.revision);
  int month = 0;
  int year = 0;
  if (!options.expiry.empty()) {
    if (!ParseExpiry(options.expiry, month, year)) {
      return Session::Misused("--expiry is MM/YYYY, for example 12/2030");
    }
    request.set_expiry_month(month);
    request.set_expiry_year(year);
  }
  if (!options.name.empty()) request.set_cardholder_name(options.name);
  if (!ParseLabels(options.labels, *request.mutable_set_labels())) {
    return Session::Misused("--label is key=value");
  }
  for (const std::string& key : options.remove_labels) request.add_remove_labels(key);
  return WithToken(session, request, &TokenService::Stub::UpdateCard);
}

int List(Session& session, const CardOptions& options) {
  const auto channel = session.Connect("tokens", /*admin=*/false);
  if (channel == nullptr) return kUsage;
  v1::ListTokensRequest request;
  request.set_page_size(options.page_size);
  request.set_page_token(options.page);
  request.set_customer_id(options.customer);
  request.set_fingerprint(options.fingerprint);
  if (options.labels.size() > 1) return Session::Misused("one --label at most");
  if (!options.labels.empty()) {
    const std::string& label = options.labels.front();
    const size_t equals = label.find('=');
    request.set_label_key(label.substr(0, equals));
    if (equals != std::string::npos) request.set_label_value(label.substr(equals + 1));
  }
  grpc::ClientContext context;
  session.Prepare(context);
  v1::ListTokensResponse response;
  const grpc::Status status =
      TokenService::NewStub(channel)->ListTokens(&context, request, &response);
  if (!status.ok()) return session.Refuse(status, context);
  return session.Show(response, [&] {
    Table table({"TOKEN", "CARD", "EXPIRES", "STATE", "CUSTOMER", "CREATED"});
    for (const v1::TokenData& token : response.tokens()) {
      table.Add({token.token(), Masked(token), Expiry(token), State(token), token.customer_id(),
                 TimeText(token.create_time())});
    }
    return absl::StrCat(table.Text(),
                        response.next_page_token().empty()
                            ? ""
                            : absl::StrCat("more: --page ", response.next_page_token(), "\n"));
  });
}

int Delete(Session& session, const CardOptions& options) {
  const auto channel = session.Connect("tokens", /*admin=*/false);
  if (channel == nullptr) return kUsage;
  grpc::ClientContext context;
  session.Prepare(context);
  v1::DeleteTokenResponse response;
  const grpc::Status status = TokenService::NewStub(channel)->DeleteToken(
      &context, Naming<v1::DeleteTokenRequest>(options.token), &response);
  if (!status.ok()) return session.Refuse(status, context);
  return session.Show(response, [&] {
    std::string text = "deleted\n";
    if (response.payment_without_refund_count() > 0) {
      absl::StrAppend(&text, response.payment_without_refund_count(),
                      " payments can no longer be refunded through cardvault:\n");
      for (const std::string& id : response.payment_ids_without_refund()) {
        absl::StrAppend(&text, "  ", id, "\n");
      }
    }
    return text;
  });
}

}  // namespace

void AddCardCommands(CLI::App& app, Session& session, int& exit_code) {
  CLI::App* card = app.add_subcommand("card", "stored cards and their tokens");
  card->require_subcommand(1);
  auto options = std::make_shared<CardOptions>();
  auto verb = [&, options](const char* name, const char* help,
                           int (*run)(Session&, const CardOptions&)) {
    CLI::App* sub = card->add_subcommand(name, help);
    sub->callback([&session, &exit_code, options, run] { exit_code = run(session, *options); });
    return sub;
  };
  auto token_argument = [options](CLI::App* sub) {
    sub->add_option("token", options->token, "tok_live_... or tok_test_...")->required();
  };

  CLI::App* tokenize = verb(
      "tokenize",
      "store a card and answer its token\n"
      "Example: cardvault card tokenize --request-id r-1 --expiry 12/2030 --customer c-1 --cvv",
      Tokenize);
  tokenize->add_option("--request-id", options->request_id, "makes a repeat harmless for 24 hours")
      ->required();
  tokenize->add_option("--expiry", options->expiry, "MM/YYYY")->required();
  tokenize->add_option("--name", options->name, "the cardholder's");
  tokenize->add_option("--customer", options->customer, "your id of the customer");
  tokenize->add_option("--label", options->labels, "key=value, may be repeated");
  tokenize->add_option("--reuse", options->reuse, "customer, merchant or none")
      ->capture_default_str();
  // The server's limit.
  AddNumber(tokenize, "--retention-days", options->retention_days, {1, 3653, "ten years"},
            "delete the token after, 1 to 3653");
  tokenize->add_flag("--single-use", options->single_use, "the token can be charged once")
      ->disable_flag_override();
  // No value: it would be taken for true, with the CVV in the process list.
  tokenize->add_flag("--cvv", options->with_cvv, "ask for the CVV too")->disable_flag_override();
  AddNumber(tokenize, "--number-fd", options->number_fd, kDescriptors,
            "read the card number from here");
  AddNumber(tokenize, "--cvv-fd", options->cvv_fd, kDescriptors, "read the CVV from here");

  token_argument(verb("show", "one token\nExample: cardvault card show tok_test_...",
                      [](Session& s, const CardOptions& o) {
                        return WithToken(s, Naming<v1::GetTokenRequest>(o.token),
                                         &TokenService::Stub::GetToken);
                      }));

  CLI::App* list =
      verb("list", "tokens, newest first\nExample: cardvault card list --customer c-1", List);
  list->add_option("--customer", options->customer, "of this customer");
  list->add_option("--fingerprint", options->fingerprint, "of this card");
  list->add_option("--label", options->labels, "key or key=value");
  AddNumber(list, "--page-size", options->page_size, {1, 200}, "1 to 200");
  list->add_option("--page", options->page, "as the previous answer says");

  CLI::App* update =
      verb("update",
           "change expiry, name or labels\n"
           "Example: cardvault card update tok_test_... --revision 42 --expiry 01/2031",
           Update);
  token_argument(update);
  AddNumber(update, "--revision", options->revision, {}, "as `card show` answers it")->required();
  update->add_option("--expiry", options->expiry, "MM/YYYY");
  update->add_option("--name", options->name, "the cardholder's");
  update->add_option("--label", options->labels, "key=value to set");
  update->add_option("--remove-label", options->remove_labels, "key to drop");

  CLI::App* cvv = verb(
      "cvv", "deposit a CVV for one payment\nExample: cardvault card cvv tok_test_...", ProvideCvv);
  token_argument(cvv);
  AddNumber(cvv, "--cvv-fd", options->cvv_fd, kDescriptors, "read the CVV from here");

  token_argument(verb("disable",
                      "stop a token from being charged\n"
                      "Example: cardvault card disable tok_test_...",
                      [](Session& s, const CardOptions& o) {
                        return WithToken(s, Naming<v1::DisableTokenRequest>(o.token),
                                         &TokenService::Stub::DisableToken);
                      }));
  token_argument(verb("enable",
                      "let it be charged again\nExample: cardvault card enable tok_test_...",
                      [](Session& s, const CardOptions& o) {
                        return WithToken(s, Naming<v1::EnableTokenRequest>(o.token),
                                         &TokenService::Stub::EnableToken);
                      }));
  token_argument(verb("delete",
                      "destroy the card behind a token\n"
                      "Example: cardvault card delete tok_test_...",
                      Delete));
  AddImportVerb(*card, session, exit_code);
}

}  // namespace cardvault::cli
