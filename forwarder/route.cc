#include "forwarder/route.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "base/length_prefix.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "card/free_text.h"
#include "forwarder/amount.h"
#include "forwarder/connector.h"
#include "forwarder/connector_registry.h"
#include "forwarder/iso_currency.h"
#include "forwarder/outbound/upstream_url.h"
#include "forwarder/reconcile_reader.h"
#include "forwarder/route_limits_reader.h"
#include "forwarder/route_rules.h"
#include "forwarder/route_section.h"

namespace cardvault {
namespace {

constexpr size_t kMaxUrlSize = 500;
constexpr size_t kMaxFilePathSize = 1000;
constexpr size_t kMaxOwners = 1000;
constexpr size_t kAccountSize = 16;  // bytes: no two accounts meet by chance
// A connection that takes longer has no payment in it. The total stays below the minute for which
// the shortest vendor validity holds.
constexpr absl::Duration kMaxConnectTimeout = absl::Seconds(30);
constexpr absl::Duration kMaxTotalTimeout = absl::Seconds(55);
constexpr absl::Duration kMinTimeout = absl::Milliseconds(50);
constexpr absl::Duration kMaxClockOffset = absl::Seconds(60);

void ReadTransport(RouteSection& root, TransportSettings& transport) {
  transport.base_url = root.RequiredText("base_url", kMaxUrlSize, CheckBaseUrl);
  transport.ca_file = root.Text("ca_file", "", kMaxFilePathSize, CheckFilePath);
  transport.pinned_public_key = root.Text("pinned_public_key", "", kMaxUrlSize, CheckPublicKeyPin);
  transport.allow_private_addresses = root.Flag("allow_private_addresses", false);
  transport.clock_offset =
      root.Duration("clock_offset", absl::ZeroDuration(), -kMaxClockOffset, kMaxClockOffset);
  RouteSection timeouts = root.Section("timeouts", RouteSection::kOptional);
  transport.connect_timeout =
      timeouts.Duration("connect", transport.connect_timeout, kMinTimeout, kMaxConnectTimeout);
  transport.total_timeout =
      timeouts.Duration("total", transport.total_timeout, kMinTimeout, kMaxTotalTimeout);
  if (transport.total_timeout < transport.connect_timeout) {
    timeouts.AddMistake("total", "the total is shorter than the time to connect");
  }
  timeouts.RefuseUnknownKeys();
}

std::vector<MerchantId> ReadOwners(RouteSection& root) {
  std::vector<MerchantId> owners;
  for (const std::string& owner : root.RequiredTexts("owners", kMaxOwners, kMaxIdSize, CheckName)) {
    absl::StatusOr<MerchantId> merchant = MerchantId::Parse(owner, "owners");
    if (merchant.ok()) owners.push_back(*std::move(merchant));
  }
  return owners;
}

CvvRule ReadCvvRule(RouteSection& root, const Connector* connector) {
  static constexpr CvvRule kRules[] = {CvvRule::kRequired, CvvRule::kOptional, CvvRule::kNever};
  const CvvRule rule =
      kRules[root.RequiredWord("cvv", {"required", "optional", "never"}).value_or(0)];
  if (connector != nullptr && connector->always_needs_cvv() && rule != CvvRule::kRequired) {
    root.AddMistake("cvv", "this connector's upstream needs the code for every pay-in: required");
  }
  return rule;
}

// A currency with a mistake is among them: it is listed, and one mistake is enough.
std::map<std::string, int> ReadCurrencies(RouteSection& root, const Connector* connector) {
  std::map<std::string, int> currencies;
  RouteSection section = root.Section("currencies", RouteSection::kRequired);
  for (const RouteSection::Entry& entry : section.Entries()) {
    int exponent = 0;
    currencies.emplace(entry.key, exponent);
    if (!IsoExponent(entry.key).has_value()) {
      section.AddMistake(entry.key, "this is no ISO 4217 currency code in upper case");
    } else if (entry.text == "default") {
      if (connector == nullptr) continue;
      const std::optional<int> known = connector->DefaultWireExponent(entry.key);
      if (known.has_value()) {
        currencies[entry.key] = *known;
      } else {
        section.AddMistake(entry.key,
                           "the vendor does not say how this currency is sent: state the exponent");
      }
    } else if (absl::SimpleAtoi(entry.text, &exponent) && exponent >= 0 &&
               exponent <= kMaxExponent && entry.text.size() == 1) {
      currencies[entry.key] = exponent;
    } else {
      section.AddMistake(entry.key, "an exponent is 0 to 4, or the word default");
    }
  }
  if (root.Has("currencies") && !section.HasAny()) {
    root.AddMistake("currencies", "a route needs at least one currency");
  }
  return currencies;
}

const Connector* ReadConnector(RouteSection& root) {
  std::vector<absl::string_view> names;
  for (const Connector* connector : AllConnectors()) names.push_back(connector->name());
  const std::optional<size_t> place = root.RequiredWord("connector", names);
  return place.has_value() ? AllConnectors()[*place] : nullptr;
}

// The base as it is sent, in one case, so that how it was written makes no other account of it.
std::string BaseOf(const TransportSettings& transport) {
  const absl::StatusOr<UpstreamUrl> url = JoinUpstreamUrl(transport.base_url, "/");
  return url.ok() ? absl::AsciiStrToLower(url->url) : "";
}

std::string AccountOf(const Connector& connector, const TransportSettings& transport,
                      const ConnectorSettings& settings) {
  std::string named = LengthPrefixed({connector.name(), BaseOf(transport)});
  for (const std::string& name : settings.AccountNames()) AppendLengthPrefixed(named, name);
  return Sha256(named).substr(0, kAccountSize);
}

std::shared_ptr<const Route> ReadRoute(RouteSection& root, absl::string_view document) {
  const std::string name = root.RequiredText("name", kMaxIdSize, CheckName);
  const Connector* connector = ReadConnector(root);
  TransportSettings transport;
  ReadTransport(root, transport);
  std::vector<MerchantId> owners = ReadOwners(root);
  const CvvRule cvv = ReadCvvRule(root, connector);
  std::map<std::string, int> currencies = ReadCurrencies(root, connector);
  RouteLimits limits = ReadRouteLimits(root, currencies);
  const ReconcileSettings reconcile = ReadReconcileSettings(
      root, connector != nullptr ? connector->DefaultNotFoundAfter() : std::nullopt);
  std::shared_ptr<const ConnectorSettings> settings;
  if (connector != nullptr) {
    const std::string key(connector->name());
    RouteSection section = root.Section(key.c_str(), RouteSection::kRequired);
    settings = connector->ParseSettings(section);
    section.RefuseUnknownKeys();
  }
  for (const Connector* other : AllConnectors()) {
    if (other == connector || !root.Has(other->name())) continue;
    const std::string key(other->name());
    root.Section(key.c_str(), RouteSection::kOptional);
    if (connector != nullptr) root.AddMistake(key, "this section is another connector's");
  }
  root.RefuseUnknownKeys();
  absl::StatusOr<RouteName> route_name = RouteName::Parse(name, "name");
  if (!route_name.ok() || connector == nullptr) return nullptr;
  std::string account = AccountOf(*connector, transport, *settings);
  return std::make_shared<const Route>(Route{*std::move(route_name), std::string(connector->name()),
                                             std::string(document.data(), document.size()),
                                             std::move(owners), std::move(transport), cvv,
                                             std::move(currencies), std::move(limits), reconcile,
                                             std::move(settings), std::move(account)});
}

// What YAML does not allow either, and would act on a terminal that shows the document.
bool IsControl(absl::string_view character) {
  const unsigned char first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1)
    return first < ' ' ? character.find_first_of("\t\n\r") != 0 : first == 0x7f;
  return first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;  // U+0080 to U+009F
}

// What is wrong with the document as text; null when nothing is.
const char* CheckDocument(absl::string_view document) {
  if (document.size() > kMaxRouteDocumentSize) return "the document is larger than 64 KiB";
  for (absl::string_view rest = document; !rest.empty();) {
    const size_t size = Utf8SequenceSize(rest);
    if (size == 0 || rest[0] == '\0') return "the document is not UTF-8 text";
    if (IsControl(rest.substr(0, size))) return "the document holds a control character";
    rest.remove_prefix(size);
  }
  if (HoldsCardNumber(document)) return "the document holds a card number";
  return nullptr;
}

}  // namespace

ParsedRoute ParseRoute(absl::string_view document) {
  ParsedRoute parsed;
  if (const char* problem = CheckDocument(document); problem != nullptr) {
    parsed.mistakes.push_back({0, "", problem});
    return parsed;
  }
  try {  // yaml-cpp throws; nothing of it leaves this function
    const std::vector<YAML::Node> nodes =
        YAML::LoadAll(std::string(document.data(), document.size()));
    if (nodes.size() != 1 || !nodes[0].IsMap()) {
      parsed.mistakes.push_back({0, "", "this must be one mapping of keys to values"});
      return parsed;
    }
    RouteSection root(nodes[0], 1, "", parsed.mistakes);
    std::shared_ptr<const Route> route = ReadRoute(root, document);
    if (parsed.mistakes.empty()) parsed.route = std::move(route);
    // As they stand in the document; those of the whole of it first.
    std::stable_sort(
        parsed.mistakes.begin(), parsed.mistakes.end(),
        [](const RouteMistake& one, const RouteMistake& other) { return one.line < other.line; });
  } catch (const YAML::Exception& error) {
    parsed.mistakes.clear();
    const int line = error.mark.is_null() ? 0 : error.mark.line + 1;
    parsed.mistakes.push_back({line, "", "this is not YAML from here on"});
  }
  return parsed;
}

}  // namespace cardvault
