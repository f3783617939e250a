#include "forwarder/connector_registry.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

namespace cardvault {
namespace {

TEST(ConnectorRegistryTest, FindsConnectorsByTheirNames) {
  std::set<std::string> names;
  for (const Connector* connector : AllConnectors()) {
    EXPECT_EQ(FindConnector(connector->name()), connector);
    EXPECT_TRUE(names.insert(std::string(connector->name())).second);
  }
  EXPECT_EQ(names, (std::set<std::string>{"h2h", "praxis"}));
  EXPECT_EQ(FindConnector(""), nullptr);
  EXPECT_EQ(FindConnector("H2H"), nullptr);
}

}  // namespace
}  // namespace cardvault
