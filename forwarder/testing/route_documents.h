#ifndef CARDVAULT_FORWARDER_TESTING_ROUTE_DOCUMENTS_H_
#define CARDVAULT_FORWARDER_TESTING_ROUTE_DOCUMENTS_H_

namespace cardvault {

// Route documents without mistakes, each of the merchant `shop` alone.
inline constexpr char kH2hRouteDocument[] = R"(name: cards-h2h
connector: h2h
base_url: https://stage.gateway.example
owners: [shop]
cvv: optional
currencies: {USD: 2, EUR: default, KRW: default, BHD: 3}
h2h:
  wallet_uid: wallet-1
  key_id: key-1
  cascade_id: {payin: cascade-in, payout: cascade-out}
  signing:
    canonical: "{method}\n{path}\n{timestamp}\n{nonce}\n{body_sha256_hex}"
)";

// The same route, of which it is known how its upstream says that it has not a payment, and when
// that counts: the error_code "no_payment", a minute after a request may have been under way.
inline constexpr char kAskableH2hRouteDocument[] = R"(name: cards-h2h
connector: h2h
base_url: https://stage.gateway.example
owners: [shop]
cvv: optional
currencies: {USD: 2, EUR: default, KRW: default, BHD: 3}
reconcile: {not_found_after: 60s}
h2h:
  wallet_uid: wallet-1
  key_id: key-1
  cascade_id: {payin: cascade-in, payout: cascade-out}
  not_found_code: no_payment
  signing:
    canonical: "{method}\n{path}\n{timestamp}\n{nonce}\n{body_sha256_hex}"
)";

inline constexpr char kPraxisRouteDocument[] = R"(name: cards-praxis
connector: praxis
base_url: https://praxis.example
owners: [shop]
cvv: required
currencies: {USD: default, JPY: default, BHD: 0}
praxis:
  merchant_id: Test-Integration-Merchant
  frontend: Integration TEST USD
)";

inline constexpr char kPraxis13RouteDocument[] = R"(name: cards-praxis13
connector: praxis
base_url: https://praxis.example
owners: [shop]
cvv: required
currencies: {USD: default, JPY: default, BHD: 0}
praxis:
  profile: "1.3"
  merchant_id: Test-Integration-Merchant
  application_key: Sandbox
  gateway: gw-hash
  find_order_values: [status, timestamp, transaction.tid, transaction.transaction_status]
)";

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_TESTING_ROUTE_DOCUMENTS_H_
