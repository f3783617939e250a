#ifndef CARDVAULT_SERVER_ROUTE_ADMIN_H_
#define CARDVAULT_SERVER_ROUTE_ADMIN_H_

#include "absl/status/statusor.h"
#include "cardvault/admin/v1/system_service.pb.h"
#include "forwarder/route_book.h"
#include "server/caller.h"
#include "vault/commit/commit_pipeline.h"

namespace cardvault {

// What SystemService does about routes and their credentials; the proto says what each call means.
// Calls block on commits. Thread-safe.
class RouteAdmin final {
 public:
  // All must outlive this.
  RouteAdmin(RouteBook& routes, CommitPipeline& pipeline)
      : routes_(routes), pipeline_(pipeline) {}

  absl::StatusOr<admin::v1::ApplyRouteResponse> Apply(const Caller& caller,
                                                      admin::v1::ApplyRouteRequest& request);
  absl::StatusOr<admin::v1::ListRoutesResponse> List(const Caller& caller,
                                                     admin::v1::ListRoutesRequest& request);
  absl::StatusOr<admin::v1::GetRouteResponse> Get(const Caller& caller,
                                                  admin::v1::GetRouteRequest& request);
  absl::StatusOr<admin::v1::DisableRouteResponse> Disable(const Caller& caller,
                                                          admin::v1::DisableRouteRequest& request);
  absl::StatusOr<admin::v1::EnableRouteResponse> Enable(const Caller& caller,
                                                        admin::v1::EnableRouteRequest& request);
  absl::StatusOr<admin::v1::SetRouteCredentialResponse> SetCredential(
      const Caller& caller, admin::v1::SetRouteCredentialRequest& request);
  absl::StatusOr<admin::v1::RotateRouteCredentialResponse> RotateCredential(
      const Caller& caller, admin::v1::RotateRouteCredentialRequest& request);
  absl::StatusOr<admin::v1::RetireRouteCredentialResponse> RetireCredential(
      const Caller& caller, admin::v1::RetireRouteCredentialRequest& request);

 private:
  absl::StatusOr<admin::v1::RouteSummary> Summary(const RouteInForce& in_force) const;

  // Response of a call that switches a route: its summary, and whether that was a change.
  template <typename Response>
  absl::StatusOr<Response> Switch(const Caller& caller, const std::string& route, bool disabled);

  RouteBook& routes_;
  CommitPipeline& pipeline_;
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_ROUTE_ADMIN_H_
