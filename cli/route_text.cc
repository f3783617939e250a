#include "cli/route_text.h"

#include <google/protobuf/duration.pb.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "cli/table.h"
#include "cli/words.h"

namespace cardvault::cli {
namespace {

std::string DurationText(const google::protobuf::Duration& duration) {
  return absl::FormatDuration(absl::Seconds(duration.seconds()) +
                              absl::Nanoseconds(duration.nanos()));
}

std::string CredentialTable(const admin::v1::RouteSummary& route) {
  Table table({"CREDENTIAL", "SET", "EARLIER VERSION, STILL ACCEPTED"});
  for (const admin::v1::CredentialStatus& credential : route.credentials()) {
    table.Add({credential.name(), credential.is_set() ? TimeText(credential.set_time()) : "not set",
               TimeText(credential.previous_set_time())});
  }
  return table.Text();
}

std::string AmountTable(const admin::v1::RouteLimits& limits) {
  if (limits.amounts().empty()) return "";
  Table table({"CURRENCY", "SMALLEST", "LARGEST (MINOR UNITS)"});
  for (const admin::v1::AmountRange& range : limits.amounts()) {
    table.Add({range.currency(), absl::StrCat(range.min()),
               range.max() == 0 ? "no limit" : absl::StrCat(range.max())});
  }
  return absl::StrCat("\n", table.Text());
}

std::string ReconcileText(const admin::v1::RouteReconcile& settings) {
  return Details(
      {{"looked up in doubt", absl::StrCat("after ", DurationText(settings.in_doubt_after()))},
       {"looked up pending", absl::StrCat("after ", DurationText(settings.pending_after()))},
       {"again at least every", DurationText(settings.max_interval())},
       {"not found counts",
        settings.has_not_found_after()
            ? absl::StrCat("after ", DurationText(settings.not_found_after()), ", twice, ",
                           DurationText(settings.not_found_interval()), " apart")
            : "never"},
       {"needs review", absl::StrCat("after ", DurationText(settings.review_after()))}});
}

}  // namespace

std::string StateWord(const admin::v1::RouteSummary& route) {
  return route.disabled() ? "disabled" : "enabled";
}

std::string CredentialNames(const admin::v1::RouteSummary& route) {
  return absl::StrJoin(route.credentials(), ", ",
                       [](std::string* out, const admin::v1::CredentialStatus& credential) {
                         absl::StrAppend(out, credential.name(),
                                         !credential.is_set()                 ? " (not set)"
                                         : credential.has_previous_set_time() ? " (in rotation)"
                                                                              : "");
                       });
}

std::string RouteText(const admin::v1::GetRouteResponse& response) {
  const admin::v1::RouteSummary& route = response.route();
  const int32_t cap = route.limits().payments_per_minute();
  return absl::StrCat(Details({{"route", route.name()},
                               {"state", StateWord(route)},
                               {"connector", route.connector()},
                               {"base URL", route.base_url()},
                               {"merchants", absl::StrJoin(route.owners(), ", ")},
                               {"currencies", absl::StrJoin(route.currencies(), ", ")},
                               {"payments a minute", cap == 0 ? "no cap" : absl::StrCat(cap)},
                               {"applied", TimeText(route.update_time())},
                               {"revision", absl::StrCat(route.revision())}}),
                      "\n", CredentialTable(route), AmountTable(route.limits()), "\n",
                      ReconcileText(response.reconcile()), "\nDOCUMENT\n--------\n",
                      response.document());
}

}  // namespace cardvault::cli
