#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cardvault/admin/v1/custody_service.grpc.pb.h"
#include "cli/admin_call.h"
#include "cli/commands.h"
#include "cli/custodian_session.h"
#include "cli/protected_call.h"
#include "cli/secret_input.h"
#include "cli/table.h"

namespace cardvault::cli {
namespace {

using admin::v1::CustodyService;

// What a custodian takes upon himself; docs/playbooks/key-ceremony.md has it too.
constexpr char kDuties[] =
    "As a custodian of this vault's key I\n"
    "- keep my share, my private key and its passphrase to myself, apart from one another,\n"
    "- hand my share to no person and to no server but this one,\n"
    "- unseal the vault only when I know why it is sealed,\n"
    "- say at once when my share, key or passphrase may have been seen or lost,\n"
    "- give my part back when I leave this duty.\n";

struct ProposeOptions {
  std::vector<std::string> custodians;
  int threshold = 0;
};

struct AcknowledgeOptions {
  ShareOptions share;
  bool accept = false;
};

std::string CustodyText(const admin::v1::Custody& custody, bool sealed) {
  Table table({"CUSTODIAN", "ACKNOWLEDGED", sealed ? "SHARE" : "", "CERTIFICATE SHA-256"});
  for (const admin::v1::CustodianInfo& custodian : custody.custodians()) {
    const std::string acknowledged = TimeText(custodian.acknowledge_time());
    std::string share;
    if (custodian.locked_seconds() > 0) {
      share = absl::StrCat("locked out for ", custodian.locked_seconds(), " s");
    } else if (sealed) {
      share = custodian.submitted() ? "here" : "-";
    }
    table.Add({custodian.identity(), acknowledged.empty() ? "no" : acknowledged, share,
               custodian.certificate_sha256()});
  }
  return absl::StrCat("KEK ", custody.kek_id(), ", check value ", custody.kek_check_value(),
                      ", made ", TimeText(custody.create_time()), ": any ", custody.threshold(),
                      " of ", custody.custodians_size(), "\n", table.Text());
}

std::string StatusText(const admin::v1::GetCustodyStatusResponse& status) {
  std::string text =
      absl::StrCat("vault ", status.vault_id(), status.sealed() ? ", sealed" : ", unsealed");
  if (!status.has_present()) {
    absl::StrAppend(&text, "; its KEK is not in custody\n");
  } else {
    if (status.sealed()) {
      absl::StrAppend(&text, ": ", status.collected_count(), " of ", status.present().threshold(),
                      " shares are here");
    }
    absl::StrAppend(&text, "\n", CustodyText(status.present(), status.sealed()));
  }
  if (status.has_proposed()) {
    absl::StrAppend(&text, "\nProposed:\n", CustodyText(status.proposed(), false));
  }
  return text;
}

int List(Session& session) {
  return AdminCall<CustodyService, admin::v1::GetCustodyStatusRequest,
                   admin::v1::GetCustodyStatusResponse>(
      session, {}, &CustodyService::Stub::GetCustodyStatus, StatusText, nullptr,
      session.FirstOf({"operator", "auditor", kCustodianRole}));
}

// Fills the request from IDENTITY=CERTIFICATE words; what is wrong with them, or "".
std::string ReadCustodians(const ProposeOptions& options,
                           admin::v1::ProposeCustodyRequest& request) {
  for (const std::string& word : options.custodians) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos) return absl::StrCat(word, ": not IDENTITY=CERTIFICATE");
    admin::v1::NewCustodian& custodian = *request.add_custodians();
    custodian.set_identity(word.substr(0, equals));
    const std::string path = word.substr(equals + 1);
    const std::string problem = ReadTextFile(path, *custodian.mutable_certificate());
    if (!problem.empty()) return absl::StrCat(path, " ", problem);
  }
  request.set_threshold(options.threshold);
  return "";
}

int Propose(Session& session, const admin::v1::ProposeCustodyRequest& request) {
  return AdminCall<CustodyService, admin::v1::ProposeCustodyRequest,
                   admin::v1::ProposeCustodyResponse>(
      session, request, &CustodyService::Stub::ProposeCustody,
      [](const admin::v1::ProposeCustodyResponse& answer) {
        return absl::StrCat(CustodyText(answer.proposed(), false),
                            "Each of them now: cardvault custodian fetch, then custodian "
                            "acknowledge. Then: cardvault custodian activate ",
                            answer.proposed().kek_id(), "\n");
      });
}

int Replace(Session& session, const ProposeOptions& options) {
  admin::v1::ProposeCustodyRequest request;
  if (const std::string mistake = ReadCustodians(options, request); !mistake.empty()) {
    return Session::Misused(mistake);
  }
  return Propose(session, request);
}

// As Replace, and sees to it that nobody is left out by mistake.
int Add(Session& session, ProposeOptions options) {
  admin::v1::GetCustodyStatusResponse status;
  const auto channel = session.Connect("operator", /*admin=*/true);
  if (channel == nullptr) return kUsage;
  grpc::ClientContext context;
  session.Prepare(context);
  const grpc::Status asked =
      CustodyService::NewStub(channel)->GetCustodyStatus(&context, {}, &status);
  if (!asked.ok()) return session.Refuse(asked, context);
  if (options.threshold == 0) options.threshold = status.present().threshold();
  admin::v1::ProposeCustodyRequest request;
  if (const std::string mistake = ReadCustodians(options, request); !mistake.empty()) {
    return Session::Misused(mistake);
  }
  std::set<std::string> named;
  for (const admin::v1::NewCustodian& custodian : request.custodians()) {
    named.insert(custodian.identity());
  }
  for (const admin::v1::CustodianInfo& present : status.present().custodians()) {
    if (named.count(present.identity()) != 0) continue;
    return Session::Misused(absl::StrCat("name the present custodians too: ", present.identity(),
                                         " is missing; to leave one out: custodian replace"));
  }
  return Propose(session, request);
}

// What is wrong with writing it, or "". Never over a file that is there.
std::string WritePrivately(const std::string& path, absl::string_view text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return strerror(errno);
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    text.remove_prefix(static_cast<size_t>(written));
  }
  const bool synced = text.empty() && fsync(fd) == 0;
  const std::string problem = synced ? "" : strerror(errno);
  close(fd);
  if (!synced) unlink(path.c_str());
  return problem;
}

int Fetch(Session& session, const std::string& path) {
  const auto channel = session.Connect(kCustodianRole, /*admin=*/true);
  if (channel == nullptr) return kUsage;
  grpc::ClientContext context;
  session.Prepare(context);
  admin::v1::GetEnvelopeResponse answer;
  const grpc::Status status = CustodyService::NewStub(channel)->GetEnvelope(&context, {}, &answer);
  if (!status.ok()) return session.Refuse(status, context);
  if (const std::string problem = WritePrivately(path, answer.envelope()); !problem.empty()) {
    std::cerr << "cardvault: " << path << ": " << problem << "; nothing is lost: fetch it again\n";
    return kRefused;
  }
  return session.Show(answer, [&] {
    return absl::StrCat("sealed share of KEK ", answer.kek_id(), ", check value ",
                        answer.kek_check_value(), ": ", path, "\n");
  });
}

int Acknowledge(Session& session, const AcknowledgeOptions& options) {
  if (!options.accept) {
    return Session::Misused(absl::StrCat("read your duties, then say --accept:\n\n", kDuties));
  }
  ShownShare shown;
  if (const int failed = OpenShareFor(session, options.share, /*present_alone=*/false, shown);
      failed != kOk) {
    return failed;
  }
  admin::v1::AcknowledgeDutiesRequest request;
  request.set_kek_id(shown.kek_id);
  const SecretField field(request.mutable_share(), shown.share.share);
  return AdminCall<CustodyService, admin::v1::AcknowledgeDutiesRequest,
                   admin::v1::AcknowledgeDutiesResponse>(
      session, request, &CustodyService::Stub::AcknowledgeDuties,
      [&](const admin::v1::AcknowledgeDutiesResponse& answer) {
        return absl::StrCat("acknowledged ", TimeText(answer.acknowledge_time()),
                            ", for the share of KEK ", shown.kek_id, "\n");
      },
      nullptr, kCustodianRole);
}

int Activate(Session& session, const std::string& kek_id) {
  admin::v1::ActivateCustodyRequest request;
  request.set_kek_id(kek_id);
  return ProtectedCall<CustodyService, admin::v1::ActivateCustodyRequest,
                       admin::v1::ActivateCustodyResponse>(
      session, request, &CustodyService::Stub::ActivateCustody,
      &admin::v1::Proposal::mutable_activate_custody,
      [](const admin::v1::ActivateCustodyResponse& answer) {
        return absl::StrCat("in force; earlier shares open nothing of this vault any more\n",
                            CustodyText(answer.present(), false));
      });
}

int Withdraw(Session& session, const std::string& kek_id) {
  admin::v1::WithdrawCustodyRequest request;
  request.set_kek_id(kek_id);
  return AdminCall<CustodyService, admin::v1::WithdrawCustodyRequest,
                   admin::v1::WithdrawCustodyResponse>(
      session, request, &CustodyService::Stub::WithdrawCustody,
      [&](const admin::v1::WithdrawCustodyResponse&) {
        return absl::StrCat("withdrawn: KEK ", kek_id,
                            " is not in force and never will be; its shares can be destroyed\n");
      });
}

void AddProposeOptions(CLI::App* verb, ProposeOptions& options, const char* threshold) {
  verb->add_option("--custodian", options.custodians,
                   "IDENTITY=CERTIFICATE, all of them: the PEM file that his share is sealed to")
      ->required();
  AddNumber(verb, "--threshold", options.threshold, {2, 16, "custodians"}, threshold);
}

void AddCustodianOwnVerbs(CLI::App* custodian, Session& session, int& exit_code) {
  auto file = std::make_shared<std::string>();
  CLI::App* fetch =
      custodian->add_subcommand("fetch",
                                "as a custodian: one's sealed share of the proposed key\n"
                                "Example: cardvault custodian fetch --out alice.share");
  fetch->add_option("--out", *file, "a new file")->required();
  fetch->callback([&session, &exit_code, file] { exit_code = Fetch(session, *file); });

  auto options = std::make_shared<AcknowledgeOptions>();
  CLI::App* acknowledge = custodian->add_subcommand(
      "acknowledge",
      "as a custodian: acknowledge one's duties, and prove that one can open one's share\n"
      "Example: cardvault custodian acknowledge --share alice.share --key alice.key --accept");
  AddShareOptions(*acknowledge, options->share);
  acknowledge->add_flag("--accept", options->accept, "the duties, which are shown without it");
  acknowledge->callback(
      [&session, &exit_code, options] { exit_code = Acknowledge(session, *options); });
}

}  // namespace

void AddCustodianCommands(CLI::App& app, Session& session, int& exit_code) {
  CLI::App* custodian = app.add_subcommand("custodian", "who holds the shares of the vault's key");
  custodian->require_subcommand(1);

  CLI::App* list =
      custodian->add_subcommand("list",
                                "who they are, who has acknowledged, whose share is here\n"
                                "Example: cardvault custodian list");
  list->callback([&session, &exit_code] { exit_code = List(session); });

  auto options = std::make_shared<ProposeOptions>();
  CLI::App* add = custodian->add_subcommand(
      "add",
      "propose a new key for the present custodians and further ones, all named\n"
      "Example: cardvault custodian add --custodian spiffe://example.com/custodian/alice=alice.pem "
      "...");
  AddProposeOptions(add, *options, "how many unseal; as before when it is not given");
  add->callback([&session, &exit_code, options] { exit_code = Add(session, *options); });

  CLI::App* replace = custodian->add_subcommand(
      "replace",
      "propose a new key for other custodians, or a fresh one for the same\n"
      "Example: cardvault custodian replace --threshold 2 --custodian "
      "spiffe://example.com/custodian/alice=alice.pem ...");
  AddProposeOptions(replace, *options, "how many unseal");
  replace->callback([&session, &exit_code, options] { exit_code = Replace(session, *options); });

  AddCustodianOwnVerbs(custodian, session, exit_code);

  auto kek_id = std::make_shared<std::string>();
  CLI::App* activate = custodian->add_subcommand(
      "activate",
      "put the proposed key in force, when all of its custodians have acknowledged\n"
      "Example: cardvault custodian activate 0123456789abcdef0123456789abcdef");
  activate->add_option("kek", *kek_id, "the proposed KEK, as `custodian list` shows it")
      ->required();
  activate->callback([&session, &exit_code, kek_id] { exit_code = Activate(session, *kek_id); });

  CLI::App* withdraw = custodian->add_subcommand(
      "withdraw",
      "drop the proposed key\n"
      "Example: cardvault custodian withdraw 0123456789abcdef0123456789abcdef");
  withdraw->add_option("kek", *kek_id, "the proposed KEK, as `custodian list` shows it")
      ->required();
  withdraw->callback([&session, &exit_code, kek_id] { exit_code = Withdraw(session, *kek_id); });
}

}  // namespace cardvault::cli
