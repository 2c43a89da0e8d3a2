// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/routes.h"

#include <gtest/gtest.h>

namespace mediaplane {
namespace {

TEST(Routes, ConnectedPrefixesFirstThenTheGateway) {
  Config config;
  PortConfig wan;
  wan.addresses = {*parse_prefix("198.18.0.1/24"), *parse_prefix("198.18.1.1/25")};
  wan.gateway.ip = *parse_ip("198.18.0.254");
  PortConfig lan;
  lan.addresses = {*parse_prefix("10.0.0.1/8")};
  config.ports = {wan, lan};
  const std::uint16_t ethdevs[] = {4, 2};
  const MacAddress macs[] = {{{2, 0, 0, 0, 0, 1}}, {{2, 0, 0, 0, 0, 2}}};
  const Routes routes(config, ethdevs, macs);
  const auto locals = routes.local_addresses();
  ASSERT_EQ(locals.size(), 3U);
  EXPECT_EQ(locals[1].ethdev, 4);
  EXPECT_EQ(locals[2].ethdev, 2);
  EXPECT_EQ(locals[2].mac, macs[1]);

  struct Row {
    std::size_t from;
    const char* to;
    const char* hop;
  };
  const Row rows[] = {{0, "198.18.0.9", "198.18.0.9"},    {0, "198.18.1.9", "198.18.1.9"},
                      {1, "198.18.0.9", "198.18.0.9"},    {0, "198.18.1.200", "198.18.0.254"},
                      {0, "203.0.113.1", "198.18.0.254"}, {2, "10.9.9.9", "10.9.9.9"},
                      {2, "203.0.113.1", nullptr}};
  for (const auto& row : rows) {
    const auto hop = routes.next_hop(locals[row.from], *parse_ip(row.to));
    EXPECT_EQ(hop, row.hop == nullptr ? std::optional<IpAddress>() : parse_ip(row.hop)) << row.to;
  }
}

TEST(Routes, EachFamilyHasItsGateway) {
  Config config;
  PortConfig wan;
  wan.addresses = {*parse_prefix("198.18.0.1/24"), *parse_prefix("2001:db8::1/64")};
  wan.gateway6.ip = *parse_ip("fe80::fe");
  config.ports = {wan};
  const std::uint16_t ethdevs[] = {0};
  const MacAddress macs[] = {{{2, 0, 0, 0, 0, 1}}};
  const Routes routes(config, ethdevs, macs);
  const auto& from = routes.local_addresses()[1];
  struct Row {
    const char* to;
    const char* hop;
  };
  const Row rows[] = {{"2001:db8::9", "2001:db8::9"}, {"2001:db8:0:1::9", "fe80::fe"},
                      {"fe80::9", "fe80::9"},         {"2001:db8::1", nullptr},
                      {"198.18.0.9", "198.18.0.9"},   {"203.0.113.1", nullptr}};
  for (const auto& row : rows) {
    const auto hop = routes.next_hop(from, *parse_ip(row.to));
    EXPECT_EQ(hop, row.hop == nullptr ? std::optional<IpAddress>() : parse_ip(row.hop)) << row.to;
  }
}

}  // namespace
}  // namespace mediaplane
